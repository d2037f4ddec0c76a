//! What changes from one bundle to the next: NixOS restarts the services whose files differ.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::support::{bundle, files, scratch};

/// Twenty services; what the first one sees differs between editions.
fn edition(directory: &Path, edition: &str, strategy: &str) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let expr = format!(
        r#"{{ services = builtins.listToAttrs (builtins.genList (n: {{
          name = "s${{toString n}}";
          value = {{
            confinement.enable = true;
            serviceConfig.ExecStart = builtins.toFile "program${{toString n}}${{if n == 0 then "{edition}" else ""}}" "";
          }};
        }}) 20); }}"#
    );
    let out = directory.join(format!("{edition}-{strategy}"));
    bundle(["--expr", &expr, "--strategy", strategy, "-o"])
        .arg(&out)
        .succeeds()?;
    files(&out)
}

#[test]
fn only_the_service_whose_closure_changed_gets_another_drop_in() -> Result<()> {
    let scratch = scratch()?;
    for strategy in ["bind", "inherit", "image"] {
        let old = edition(scratch.path(), "a", strategy)?;
        let new = edition(scratch.path(), "b", strategy)?;
        let is_drop_in = |file: &&(PathBuf, Vec<u8>)| file.0.ends_with("zz-confinement.conf");
        let changed: Vec<_> = new
            .iter()
            .filter(is_drop_in)
            .filter(|file| !old.contains(file))
            .map(|(path, _)| path.clone())
            .collect();
        let expected = "lib/systemd/system/s0.service.d/zz-confinement.conf";
        assert_eq!(changed, [PathBuf::from(expected)], "{strategy}");
    }
    Ok(())
}

/// The units that services depend on by name, and that are running, are the same too, except for those that NixOS never stops.
#[test]
fn views_change_beside_the_running_ones() -> Result<()> {
    let scratch = scratch()?;
    let old = edition(scratch.path(), "a", "image")?;
    let new = edition(scratch.path(), "b", "image")?;
    for (path, text) in &new {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_same = old
            .iter()
            .any(|(other, content)| other == path && content == text);
        let has_its_image_in_its_name = !old.iter().any(|(other, _)| other == path);
        let is_shared = matches!(
            &*name,
            "confinix-place@.service" | "confinix-view@.service" | "zz-confinix.conf"
        );
        assert!(!is_shared || is_same, "{name} differs");
        let text = String::from_utf8_lossy(text);
        if has_its_image_in_its_name && name.ends_with(".mount") || name == "confinix-view.target" {
            assert!(text.contains("X-StopOnRemoval=false"), "{name}");
        }
    }
    let images = |files: &[(PathBuf, Vec<u8>)]| {
        let images = files
            .iter()
            .filter(|(path, _)| path.extension().is_some_and(|is| is == "erofs"));
        images.map(|(path, _)| path.clone()).collect::<Vec<_>>()
    };
    assert_eq!((images(&old).len(), images(&new).len()), (1, 1));
    assert_ne!(images(&old), images(&new));
    Ok(())
}
