# nix/flake-module.nix: audits as checks of a flake, with flake-parts' own library.
if [ -z "${CONFINIX_NIXPKGS-}" ] || [ -z "${CONFINIX_FLAKE_PARTS-}" ]; then
  skip "checks with flake-parts" "CONFINIX_NIXPKGS and CONFINIX_FLAKE_PARTS name no checkouts of nixpkgs and flake-parts"
  return
fi

# flake DEFINITIONS: an expression of a flake with a NixOS system `web` for this machine and one for another, and these hosts to audit
flake() {
  echo "$prelude let
    lib = import $CONFINIX_NIXPKGS/lib;
    parts = (import $CONFINIX_FLAKE_PARTS/flake.nix).outputs { nixpkgs-lib = { inherit lib; }; };
    made = bundle (services shop);
    system = platform: { config = {
      nixpkgs.hostPlatform.system = platform;
      systemd.package = null;
      security.confinix.bundle = made;
    }; };
    self = {
      inputs = { };
      outPath = $work;
      nixosConfigurations = { web = system currentSystem; other = system \"riscv64-linux\"; bare.config = { }; };
    };
  in parts.lib.mkFlake { inputs = { inherit self; }; } {
    imports = [ $project/nix/flake-module.nix ];
    systems = [ currentSystem ];
    perSystem = { ... }: {
      _module.args.pkgs = { };
      confinix.package = { type = \"derivation\"; name = \"confinix\"; system = currentSystem; outPath = confinix; };
      confinix.hosts = { $1 };
    };
  }"
}

audited() { build -A "checks.$(string builtins.currentSystem).confinix-web" -E "$(flake "$1")"; }

passes() {
  local out
  out=$(audited 'web.levels.shell-present = "warn";')
  grep -q '"denied": 0' "$out"
}
check "a host is audited" passes
check "what the policy denies fails the check" refuses 'closure-too-large' audited 'web.policy.rule = [ { max-paths = 0; } ];'
hosts() { same checks '["confinix-web"]' "$(nix_ eval --impure --json --expr "builtins.attrNames ($(flake 'web = { }; other = { };')).checks.\${builtins.currentSystem}" 2>"$work/log")"; }
check "a host has a check on its own platform" hosts
check "a host that the flake lacks is named" refuses 'this flake has no nixosConfigurations.none' audited 'web = { }; none = { };'
check "a system without the module is named" refuses 'does not import confinix.nixosModules.default' audited 'web = { }; bare.configuration.config.nixpkgs.hostPlatform.system = builtins.currentSystem;'
