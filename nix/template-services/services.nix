# services.nix
{ pkgs ? import (fetchTarball "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz") { } }:
{
  services.web = {
    wantedBy = [ "multi-user.target" ];
    confinement.enable = true;
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "${pkgs.darkhttpd}/bin/darkhttpd ${pkgs.writeTextDir "index.html" "hello"} --port 8080";
    };
  };
}
