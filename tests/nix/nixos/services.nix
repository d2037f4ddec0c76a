# The shop's services on NixOS, with what only NixOS has: scripts, users, forced settings.
{
  lib,

  ...
}:
let
  shop = import ../../../fixtures/shop/packages.nix {
    system = builtins.currentSystem;
    tools = null;
  };

in
{
  systemd.packages = [
    shop.backupUnits
    (lib.mkIf false (throw "what is not there is not asked"))
  ];
  systemd.services = import ../../../fixtures/shop/services.nix shop // {
    scripted = {
      confinement.enable = true;
      path = [ shop.stationery ];
      preStart = "ln -s /a /b";
      script = "exec ${shop.server}/bin/shop-server";
      postStop = "echo ${shop.ledger}";
      scriptArgs = "%i";
      serviceConfig.DynamicUser = true;
    };
    own-settings = {
      confinement.enable = true;
      confinement.mode = "full-apivfs";
      serviceConfig = {
        ExecStart = "${shop.checkout}";
        PrivateTmp = false;
        MountAPIVFS = lib.mkForce false;
        PrivateUsers = lib.mkOverride 10 false;
        PrivateMounts = false;
        RuntimeDirectory = [ "own-settings" ];
        ReadWritePaths = [ "/var/lib/own" ];
        BindReadOnlyPaths = [ "/etc/hosts" ];
      };
    };
    chroot-own-settings = {
      confinement = {
        enable = true;
        mode = "chroot-only";
        binSh = null;
        packages = [ shop.letterhead ];
      };
      serviceConfig = {
        ExecStart = [ "${shop.checkout}" ];
        Type = "oneshot";
        PrivateTmp = true;
        ProtectKernelTunables = true;
        User = "shop";
      };
    };
    "odd:name\\x2d" = {
      confinement.enable = true;
      serviceConfig.ExecStart = "${shop.server}/bin/shop-server";
    };
    masked = {
      enable = false;
      confinement.enable = true;
      serviceConfig.ExecStart = "${shop.fax}/bin/fax";
    };
  };
}
