{ pkgs, ... }:
{
  systemd.services.hello = {
    description = "Says hello, and sees nothing but what it needs for that";
    wantedBy = [ "multi-user.target" ];
    confinement.enable = true;
    serviceConfig = {
      Type = "oneshot";
      ExecStart = "${pkgs.hello}/bin/hello";
      DynamicUser = true;
    };
  };

  # The minimum that a system needs; yours has this already.
  nixpkgs.hostPlatform = "x86_64-linux";
  boot.loader.grub.device = "nodev";
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
  system.stateVersion = "26.05";
}
