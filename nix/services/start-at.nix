# The timers that `startAt` of services makes, in a plain set. NixOS adds to the timer of the service's name what it is given itself
# (nixpkgs' nixos/modules/system/boot/systemd.nix).
texts: everyUnit:
{
  # The services as they are given, by attribute.
  services,
  # The timers as they are given, by attribute.
  timers,
}:
let
  inherit (builtins)
    any
    isAttrs
    mapAttrs
    ;
  inherit (texts)
    attrCode
    checkBool
    checkList
    checkSet
    flatten
    ;

  stemOf = everyUnit.stemOf "timers";

  # When the service of an attribute is started; an empty list without `startAt`.
  timesOf =
    attr:
    let
      service = services.${attr} or { };
      isEnabled = checkBool "services.${attrCode attr}.enable" (service.enable or true);
    in
    if isAttrs service && service ? startAt && isEnabled then flatten service.startAt else [ ];

  # The same for the services that a timer of this stem belongs to.
  timesFor = stem: timesOf stem ++ timesOf "${stem}.service";

  isGiven = stem: any (name: timers ? ${name}) [ stem "${stem}.timer" ];
in
{
  # The given timers, with what `startAt` of services adds to them.
  timers = mapAttrs (
    attr: given:
    let
      place = "timers.${attrCode attr}";
      definition = checkSet place given;
      times = timesFor (stemOf attr);
      config = checkSet "${place}.timerConfig" (definition.timerConfig or { });
    in
    if times == [ ] then
      given
    else
      definition
      // {
        wantedBy = [ "timers.target" ] ++ checkList "${place}.wantedBy" (definition.wantedBy or [ ]);
        timerConfig = config // {
          OnCalendar = times ++ flatten (config.OnCalendar or [ ]);
        };
      }
  ) timers;

  # The timer of the service of an attribute, by its own attribute, if only `startAt` makes one.
  ofService =
    attr:
    let
      stem = everyUnit.stemOfService attr;
      times = timesOf attr;
    in
    if times == [ ] || isGiven stem then
      { }
    else
      {
        ${stem} = {
          wantedBy = [ "timers.target" ];
          timerConfig.OnCalendar = times;
        };
      };
}
