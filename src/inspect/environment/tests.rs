use super::*;
use crate::store::NoFiles;

#[test]
fn assignments_are_read_as_systemd_reads_them() -> anyhow::Result<()> {
    let mut settings = Settings::default();
    settings.push("Environment", r#""PATH=/a/bin:/b c" FOO=x"#);
    settings.push("Environment", "FOO=y%%");
    let dir = StoreDir::parse("/nix/store")?;
    let environment = Environment::of(&settings, &NoFiles, &dir);
    assert_eq!(
        environment.path(),
        Some(vec!["/a/bin".to_owned(), "/b c".to_owned()])
    );
    assert!(environment.iter().any(|pair| pair == ("FOO", "y%")));
    settings.push("EnvironmentFile", "/etc/x");
    assert_eq!(Environment::of(&settings, &NoFiles, &dir).path(), None);
    Ok(())
}

fn path(settings: &[(&str, &str)]) -> anyhow::Result<Option<String>> {
    let settings = settings.iter().copied().collect();
    let dir = StoreDir::parse("/nix/store")?;
    let environment = Environment::of(&settings, &NoFiles, &dir);
    Ok(environment.path().map(|path| path.join(":")))
}

/// As `env` prints it in services of systemd 252.
#[test]
fn the_path_is_what_systemd_makes_it() -> anyhow::Result<()> {
    let (assigned, search) = (("Environment", "PATH=/a"), ("ExecSearchPath", "/b:/c"));
    let default = Some(DEFAULT_PATH.join(":"));
    let is = |path: &str| Some(path.to_owned());
    for (settings, expected) in [
        (&[][..], default.clone()),
        (&[assigned, ("Environment", "")], default.clone()),
        (&[("PassEnvironment", "HOME TERM")], default.clone()),
        (&[("UnsetEnvironment", "PATH=/a HOME")], default.clone()),
        (&[search], is("/b:/c")),
        (&[search, assigned], is("/a")),
        (&[("PassEnvironment", "PATH"), assigned], is("/a")),
        (&[("PassEnvironment", "\"PATH\""), search], None),
        (&[("UnsetEnvironment", "PATH")], default.clone()),
        (&[("UnsetEnvironment", "PATH=/a"), assigned], default),
        (&[("EnvironmentFile", "-/etc/a b"), assigned], None),
        (&[("EnvironmentFile", "\"/etc/a\""), assigned], is("/a")),
    ] {
        assert_eq!(path(settings)?, expected, "{settings:?}");
    }
    Ok(())
}

#[test]
fn a_file_is_the_whole_value() {
    let settings = Settings::from_iter([
        ("EnvironmentFile", "-/a b%%"),
        ("EnvironmentFile", "\"/c\""),
        ("EnvironmentFile", "-\"/d\""),
        ("EnvironmentFile", "/e"),
    ]);
    let files: Vec<_> = environment_files(&settings)
        .map(|file| (file.path, file.is_optional))
        .collect();
    assert_eq!(
        files,
        [("/a b%".to_owned(), true), ("/e".to_owned(), false)]
    );
}
