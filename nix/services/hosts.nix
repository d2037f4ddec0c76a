# Tells a set of hosts, such as the nixosConfigurations of a flake, from what is the configuration of one.
texts: users: hosts: given:
let
  inherit (builtins)
    any
    attrNames
    attrValues
    isAttrs
    length
    tryEval
    ;

  inherit (texts) called;

  set = called given;

  # The names of its attributes tell; no option of a system is evaluated, unless nothing else does.
  isHost =
    x:
    isAttrs x
    && (
      x._type or null == "configuration"
      || x ? config && x ? options
      || x ? services
      || x ? userServices
      || x ? systemd.services
      || isSystem x
    );

  isSystem = x: x ? config.systemd.services || users.isOfHome (x.config or x);

  # A host that can't be evaluated must not hide the others.
  looksLikeHost =
    x:
    let
      tried = tryEval (isHost (called x));
    in
    tried.success && tried.value;

  names = attrNames set;

  isConfiguration = set ? services || set ? userServices || set ? systemd.services || isSystem set;

  # The name of the only system, of a set of one; otherwise null.
  only =
    if isAttrs set && !isConfiguration && length names == 1 && isSystem set.${builtins.head names} then
      builtins.head names
    else
      null;

  isOne = isConfiguration || set.type or null == "derivation" || only != null;
in
{
  # The names of the hosts; null if it is the configuration of one.
  names =
    if hosts == "all" then
      if isAttrs set then names else throw "confinix: expected a set of hosts, but found ${builtins.typeOf set}: --hosts selects among the attributes of a set"
    else if !isAttrs set || isOne then
      null
    # The name of the attribute tells what is in it, so no host is evaluated.
    else if hosts == "several" && length names > 1 || any looksLikeHost (attrValues set) then
      names
    else
      null;

  inherit only;

  # The configuration of one of them.
  of =
    name:
    set.${name} or (throw "confinix: there is no host ${builtins.toJSON name}");
}
