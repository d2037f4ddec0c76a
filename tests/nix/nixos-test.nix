# Confined services of a NixOS system in a virtual machine: they start, see their closures and nothing else, and `confinix status` finds them
# as planned.
#
# This is a module as in nixos/tests of nixpkgs, and refers to no file but itself. There, it is run by `runTest ./confinix.nix`, given the
# module and the package; here, checks.nix adds both.
#
# THIS TEST HAS NOT BEEN RUN YET: no machine on which it was written could build or boot NixOS. tests/nix/cases/nixos-test.sh makes
# the bundle of its services and runs its script against a stand-in for the machine; tests/systemd tests the same properties of real services
# under a real systemd, without NixOS. Remove this notice when the test has passed.
{ lib, ... }:
{
  name = "confinix";
  meta.maintainers = [ ];

  nodes.machine =
    { config, pkgs, ... }:
    let
      # Lists the store and the visible and writable parts of the root, each in its own file.
      look = pkgs.writeShellScript "look" ''
        export PATH=${lib.makeBinPath [ pkgs.coreutils ]}
        ls /nix/store > "$STATE_DIRECTORY/store"
        ls -a / > "$STATE_DIRECTORY/root"
        if touch /nix/store/new 2>/dev/null; then echo yes; else echo no; fi > "$STATE_DIRECTORY/writable"
        echo "$*" > "$STATE_DIRECTORY/arguments"
      '';
      looks = name: settings: {
        confinement = {
          enable = true;
        }
        // settings;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          StateDirectory = name;
          ExecStart = "${look} ${name}";
        };
      };
    in
    {
      environment.systemPackages = [ config.security.confinix.package ];

      systemd.services = {
        full = looks "full" { };
        chroot = looks "chroot" { mode = "chroot-only"; };
        view = looks "view" { strategy = "image"; };
        bound = looks "bound" { strategy = "bind"; };
        dynamic = lib.recursiveUpdate (looks "dynamic" { }) { serviceConfig.DynamicUser = true; };
        packages = looks "packages" { packages = [ pkgs.hello ]; };
        "template@" = lib.recursiveUpdate (looks "template-%i" { }) {
          serviceConfig.ExecStart = "${look} %i";
        };
        # Starts only if systemd merges its own unit with the drop-in.
        scripted = {
          confinement.enable = true;
          script = "test -e ${pkgs.hello}/bin/hello -a ! -e /etc/passwd";
          serviceConfig.Type = "oneshot";
        };
        running = {
          wantedBy = [ "multi-user.target" ];
          confinement.enable = true;
          serviceConfig.ExecStart = "${pkgs.coreutils}/bin/sleep infinity";
        };
        # A bare name, which nothing in the service's root provides.
        missing = {
          confinement = {
            enable = true;
            binSh = null;
          };
          serviceConfig = {
            Type = "oneshot";
            ExecStart = "ls";
          };
        };
      };
    };

  testScript =
    { nodes, ... }:
    ''
      import json

      machine.wait_for_unit("multi-user.target")
      bundle = json.loads(machine.succeed("cat ${nodes.machine.security.confinix.bundle}/bundle.json"))


      def closure(unit):
          paths = sorted(bundle["paths"])
          return sorted(
              paths[number].removeprefix("/nix/store/")
              for number in bundle["closures"][bundle["services"][unit]["closure"]]["paths"]
          )


      def seen(name, what):
          return machine.succeed(f"cat /var/lib/{name}/{what}").split()


      with subtest("the bundle is what it says, and the store has its paths"):
          machine.succeed("confinix verify ${nodes.machine.security.confinix.bundle}")

      for name in ["full", "chroot", "view", "bound", "dynamic", "packages"]:
          with subtest(f"{name} sees its closure, and can't add to it"):
              machine.succeed(f"systemctl start {name}")
              unit = f"{name}.service"
              assert sorted(seen(name, "store")) == closure(unit), seen(name, "store")
              assert seen(name, "writable") == ["no"]

      with subtest("API file systems by mode"):
          assert {"proc", "sys", "dev"} <= set(seen("full", "root"))
          assert not {"proc", "sys"} & set(seen("chroot", "root"))

      with subtest("two instances at once, and one goes on without the other"):
          machine.succeed("systemctl start template@a template@b")
          assert seen("template-a", "arguments") == ["a"]
          assert seen("template-b", "arguments") == ["b"]
          machine.succeed("systemctl stop template@a")
          machine.succeed("systemctl is-active template@b")

      with subtest("the view goes when its last service goes"):
          machine.succeed("grep -q /run/confinix/view/ /proc/self/mountinfo")
          machine.succeed("systemctl stop view")
          machine.wait_until_fails("grep -q /run/confinix/view/ /proc/self/mountinfo")

      with subtest("scripts, and what is not inside"):
          machine.succeed("systemctl start scripted")
          machine.fail("systemctl start missing")

      with subtest("the status is as planned, until somebody changes a unit"):
          machine.succeed("confinix status")
          machine.succeed(
              "mkdir -p /srv /run/systemd/system/running.service.d",
              "printf '[Service]\\nBindPaths=/srv\\n' > /run/systemd/system/running.service.d/zzz.conf",
              "systemctl daemon-reload",
              "systemctl restart running",
          )
          status, report = machine.execute("confinix status")
          assert status == 1, report
          assert "setting-changed" in report and "mount-added" in report, report
    '';
}
