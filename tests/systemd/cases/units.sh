# Units from the directory of a running system, merged as its systemd merges them
boot
guest sh -euc '
  cd /etc/systemd/system
  put() { mkdir -p "$1.d"; printf "[Service]\nEnvironment=%s\n" "$3" >"$1.d/$2.conf"; }
  put service 10-all A=service
  put service 20-same B=service
  put root-.service 20-same B=root
  put root-.service 50-first C=root
  put root-full-.service 20-same B=root-full
  put root-full-default.service 05-own D=own
  put root-full-default.service 60-masked E=masked
  put root-full-.service 70-empty F=root-full
  : >root-full-default.service.d/70-empty.conf
  ln -sf /dev/null root-full-default.service.d/60-masked.conf
  put twin@.service 30-template G=template
  put twin@.service 40-same H=template
  put twin@one.service 40-same H=one
  put twin@one.service 25-own I=one
  printf "[Service]\nEnvironment=\nEnvironment=\"J=a b\" \\\\\n  # a comment\n  K=c\n" >twin@one.service.d/28-reset.conf
  systemctl daemon-reload
'
mkdir "$work/of-guest"
guest tar -C /etc/systemd/system -c . | tar -C "$work/of-guest" -x --no-same-owner
"$confinix" --quiet bundle --units "$work/of-guest" -s root-full-default -s twin@one -s etc -o "$work/of-units" --strategy "$strategy"

# in_force UNIT: the variables in the bundle, after resets
in_force() {
  nix_ eval --raw --impure --expr "with builtins;
    let values = (fromJSON (readFile $work/of-units/bundle.json)).services.\"$1\".settings.Environment or [ ];
    in concatStringsSep \" \" (foldl' (found: v: if v == \"\" then [ ] else found ++ [ v ]) [ ] values)" |
    sed -E 's/ +/ /g'
}
merges() { same "$1" "$(guest systemctl show -P Environment "$1")" "$(in_force "$1")"; }
confines() {
  same "$1" "$(grep ^Bind "$work/bundle/lib/systemd/system/$1.d/zz-confinement.conf")" \
    "$(grep ^Bind "$work/of-units/lib/systemd/system/$1.d/zz-confinement.conf")"
}
starts() {
  stop etc.service root-full-default.service
  install_units "$work/units" "$work/of-units"
  start root-full-default.service
  inside root-full-default.service <<TRIES
    list /nix/store = $(closure root-full-default.service)
    read /etc/passwd = ENOENT
    env D = own
TRIES
}

it "drop-ins of prefixes and of all services, masked and hidden ones" merges root-full-default.service
it "drop-ins of template and instance, resets, continued lines" merges twin@one.service
it "the closure is that of the evaluated service" confines etc.service
it "a service confined from its unit" starts
