# nix/options.nix: the options as data.
if [ -z "${CONFINIX_NIXPKGS-}" ]; then
  skip "the options as data" "CONFINIX_NIXPKGS names no nixpkgs checkout"
  return
fi

options_json() { evaluate --json -E "import $project/nix/options.nix { lib = import $nixpkgs/lib; }" >options.json; }
check "the options evaluate without NixOS and without packages" options_json

options_shape() {
  # As in the options.json of nixpkgs.
  jq -e '[.nixos, .home] | all(length > 5 and all(to_entries[];
    (.value | keys - ["default", "example"]) == ["declarations", "description", "loc", "readOnly", "type"]
    and (.value.loc | join(".")) == .key
    and (.value.declarations | length > 0 and all(test("^nix/[a-z/-]+[.]nix$")))
    and ([.value.description, .value.type] | all(type == "string" and . != ""))
    and ([.value.default, .value.example] | all(. == null or (._type == "literalExpression" and (.text | type == "string"))))))' options.json
  jq -r '.[][].declarations[]' options.json | sort -u | while read -r file; do [ -e "$project/$file" ]; done
  same "read-only options" "security.confinix.bundle security.confinix.userBundle" \
    "$(jq -r '[.nixos[] | select(.readOnly) | .loc | join(".")] | join(" ")' options.json)"
}
check "they have the form of nixpkgs' options.json" options_shape

options_complete() {
  evaluate --json -E "import $project/tests/it/reference/options.nix" >documented.json
  same "of NixOS" "$(jq -r '.nixos[].name' documented.json | sorted)" \
    "$(jq -r '.nixos | keys[] | select(startswith("systemd.user.") | not)' options.json | sorted)"
  same "of users" "$(jq -r '.nixos[].name | select(startswith("systemd.")) | sub("systemd"; "systemd.user")' documented.json | sorted)" \
    "$(jq -r '.nixos | keys[] | select(startswith("systemd.user."))' options.json | sorted)"
  same "of home-manager" "$(jq -r '.home[].name' documented.json | sorted)" "$(jq -r '.home | keys[]' options.json | sorted)"
}
check "they are those of the reference" options_complete
