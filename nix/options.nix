# The options of the modules as data, in the form of nixpkgs' nixosOptionsDoc, which search.nixos.org and manuals read:
# { nixos; home; }, each { <name> = { declarations; default; description; example; loc; readOnly; type; }; }.
#
#   (import ./nix/options.nix { inherit lib; }).nixos."security.confinix.policy".type
#
# The modules are evaluated alone: only their own options are here.
{ lib }:
let
  root = toString ../.;

  ofModule =
    module:
    let
      evaluated = lib.evalModules {
        modules = [
          module
          # What the module sets in others is not looked at.
          { _module.check = false; }
        ];
        # Packages are in defaults, which have a text.
        specialArgs.pkgs = throw "confinix: an option's documentation depends on a package: set defaultText";
      };
      documented = builtins.filter (
        # The options of others that these extend have no description here.
        option: option.visible && !option.internal && option ? description && option.description != null && builtins.head option.loc != "_module"
      ) (lib.optionAttrSetToDocList evaluated.options);
    in
    builtins.listToAttrs (
      map (option: {
        inherit (option) name;
        value =
          removeAttrs option [
            "internal"
            "name"
            "visible"
          ]
          // {
            declarations = map (file: lib.removePrefix "${root}/" (toString file)) option.declarations;
          };
      }) documented
    );
in
{
  nixos = ofModule ./module.nix;
  home = ofModule ./home-manager.nix;
}
