# Converts base 16 to SRI. builtins.convertHash is newer than the oldest supported Nix.
let
  inherit (builtins)
    bitAnd
    concatStringsSep
    genList
    listToAttrs
    substring
    ;

  sri =
    hex:
    let
      # 32 bytes and a zero byte are 22 times 12 bits. Padding replaces the character of the zero byte.
      digits = hex + "00";
      twelveBits = i: digit (3 * i) * 256 + digit (3 * i + 1) * 16 + digit (3 * i + 2);
      digit = i: hexDigits.${substring i 1 digits};
      pair = bits: character (bits / 64) + character (bitAnd bits 63);
    in
    "sha256-${substring 0 43 (concatStringsSep "" (genList (i: pair (twelveBits i)) 22))}=";

  character =
    i: substring i 1 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  hexDigits = listToAttrs (
    genList (value: {
      name = substring value 1 "0123456789abcdef";
      inherit value;
    }) 16
  );
in
sri
