# Services that add to units of packages, linked as NixOS links them, compared with systemd's result
boot

fixture=$here/fixture/shipped.nix
services="added reset variables own far near near-too many@one many@two many@three"

# link_packages DIR PACKAGE…: the units of packages in one directory: links to files, directories with links
link_packages() {
  local package file
  mkdir -p "$1"
  for package in "${@:2}"; do
    for file in "$package"/{etc,lib}/systemd/system/*; do
      if [ -d "$file" ]; then
        mkdir -p "$1/${file##*/}"
        ln -s "$file"/* "$1/${file##*/}"
      elif [ -e "$file" ]; then
        ln -s "$file" "$1"
      fi
    done
  done
}

# add_texts DIR: the settings of services, as drop-ins of a package's unit or as units of their own
add_texts() {
  local name text
  for name in $(nix_ eval --impure --raw -f "$fixture" services --apply 's: toString (builtins.attrNames s)'); do
    text=$(nix_ eval --impure --raw -f "$fixture" . --apply "f: (f.texts f.services).\"$name\"")
    if [ -e "$1/$name.service" ] || [ "$name" = many@one ]; then
      mkdir -p "$1/$name.service.d"
      echo "$text" >"$1/$name.service.d/overrides.conf"
    else
      echo "$text" >"$1/$name.service"
    fi
  done
}

"$confinix" bundle --quiet -f "$fixture" -o "$work/shipped" --strategy "$strategy"
mkdir "$work/linked"
link_packages "$work/linked" $(nix-build --no-out-link --quiet "$fixture" -A alpha -A beta)
add_texts "$work/linked"
tar -C "$work/linked" -c . | guest tar -C /etc/systemd/system -x --no-same-owner
tar -C "$work/shipped/lib/systemd/system" -c . | guest tar -C /etc/systemd/system -x --no-same-owner
guest systemctl daemon-reload

# unit_of SERVICE: the confined unit whose drop-in it has
unit_of() {
  case $1 in
    many@three) echo many@.service ;;
    *) echo "$1.service" ;;
  esac
}

# commands BUNDLE UNIT INSTANCE: the commands in force according to the bundle, one per line
commands() {
  nix_ eval --raw --impure --expr "with builtins;
    let
      exec = (fromJSON (readFile $1/bundle.json)).services.\"$2\".exec;
      inForce = foldl' (found: line: if line == \"\" then [ ] else found ++ [ line ]) [ ];
    in concatStringsSep \"\" (concatMap (setting: map (line: \"\${setting}=\${line}\n\") (inForce exec.\${setting})) (attrNames exec))" |
    sed "s/%n/$3/"
}

# of_systemd UNIT: the same according to systemd
of_systemd() {
  local setting
  for setting in ExecCondition ExecReload ExecStart ExecStartPost ExecStartPre ExecStop ExecStopPost; do
    guest systemctl show -p "$setting" "$1" | sed -n "s/.*argv\[\]=\(.*\) ; ignore_errors=.*/$setting=\1/p"
  done
}

agrees() {
  same "$1" "$(of_systemd "$1.service" | LC_ALL=C sort)" "$(commands "$2" "$(unit_of "$1")" "$1.service" | LC_ALL=C sort)"
}

runs() {
  local root
  start "$1.service"
  inside "$1.service" <<TRIES
    list /nix/store = $(nix-store --query --requisites $(of_systemd "$1.service" | grep -oE '/nix/store/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+' | sort -u) | listing)
    read /etc/passwd = ENOENT
TRIES
  if guest systemctl show -P CanReload "$1.service" | grep -q yes; then
    guest systemctl reload "$1.service" || fail "reload: $(journal | tail -n 5)"
  fi
  stop "$1.service"
  same "$1" success "$(guest systemctl show -P Result "$1.service")"
}

for service in $services; do
  it "$service: systemd's commands are those that were read" agrees "$service" "$work/shipped"
  it "$service: starts, reloads, stops and sees what its commands need" runs "$service"
done

settings() {
  same "PrivateTmp of added" no "$(guest systemctl show -P PrivateTmp added.service)"
  ! grep -q ^PrivateTmp "$work/shipped/lib/systemd/system/added.service.d/zz-confinement.conf" || fail "the drop-in takes back what a package's drop-in sets"
  same "Environment of variables" "A=own B=package" "$(guest systemctl show -P Environment variables.service)"
}
it "settings of packages and services" settings

mkdir "$work/of-shipped"
guest tar -C /etc/systemd/system -c . | tar -C "$work/of-shipped" -x --no-same-owner
"$confinix" bundle --quiet --units "$work/of-shipped" $(printf -- '-s %s ' $services many@) -o "$work/of-linked" --strategy "$strategy"
for service in $services; do
  it "$service: read from the directory of units" agrees "$service" "$work/of-linked"
done
