# Rehearses the confined services of a NixOS configuration in two virtual machines, without confinement and with it, and fails with the
# differences.
#
#   checks.rehearsal = confinix.lib.mkRehearsal {
#     inherit pkgs;
#     modules = [ ./configuration.nix confinix.nixosModules.default ];
#   };
#
# THIS TEST HAS NOT BEEN RUN WITH NIXOS YET: no machine on which it was written could build or boot NixOS. Both configurations are evaluated
# with nixpkgs' own module system (tests/nix/cases/rehearsal.sh), and the script is run there with stand-ins for the machines. Remove this
# notice when it has passed with KVM.
{
  pkgs,
  # The modules of the configuration, with confinix's.
  modules,
  # The services to rehearse, by name. null: all that are confined and no template. To rehearse a template, name an instance.
  services ? null,
  # Those to leave out, such as services that do not work in a virtual machine without confinement either.
  except ? [ ],
  # How long each service is watched after its start, in seconds.
  seconds ? 10,
  name ? "confinix-rehearsal",
}:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    readFile
    toJSON
    ;

  unit = name: if builtins.match ".*[.]service" name == null then "${name}.service" else name;
  isTemplate = name: builtins.match ".*@([.]service)?" name != null;

  # The services that a node confines. A masked unit runs nothing.
  confined =
    node:
    concatMap (
      name:
      let
        service = node.systemd.services.${name};
      in
      if service.enable && service.confinement.enable && !isTemplate name then [ (unit name) ] else [ ]
    ) (attrNames node.systemd.services);

  chosen =
    node:
    filter (name: !elem name (map unit except)) (
      if services == null then confined node else map unit services
    );
in
pkgs.testers.runNixOSTest {
  inherit name;

  nodes.confined.imports = modules;
  nodes.control =
    { lib, ... }:
    {
      imports = modules;
      options.systemd.services = lib.mkOption {
        type = lib.types.attrsOf (
          lib.types.submodule { config.confinement.enable = lib.mkOverride 10 false; }
        );
      };
    };

  testScript =
    { nodes, ... }:
    let
      units = chosen nodes.confined;
    in
    if units == [ ] then
      throw "confinix: rehearsal.nix finds no service to rehearse: confine one, or name one in `services`"
    else
      ''
        import json

        SERVICES: list[str] = json.loads(${toJSON (toJSON units)})
        SECONDS: int = ${toString seconds}

      ''
      + readFile ./rehearsal/script.py;
}
