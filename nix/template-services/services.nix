# services.nix
{ pkgs ? import <nixpkgs> { } }:
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
