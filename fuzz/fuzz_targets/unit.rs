//! A unit file, and everything that confinix reads from its settings.
#![no_main]

use confinix::inspect::{Environment, commands, environment_files};
use confinix::root::{Inside, Parts, Root};
use confinix::service::{Settings, Strategy, UnitName};
use confinix::store::{NoFiles, StoreDir};
use confinix::confine::adopted;
use confinix::systemd::{ExecDirectories, Specifiers, UnitFile, all_binds, assigned, passed, path_entries, resolved, store_binds, temporary_file_systems};
use confinix_fuzz::{anything, free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|file: &[u8]| -> Corpus {
    let (Ok(name), Ok(dir)) = (
        UnitName::parse("a-b@c-d.service"),
        StoreDir::parse("/nix/store"),
    ) else {
        return free(false);
    };
    let unit = UnitFile::parse(file, &Specifiers::of(&name));
    for (_, line) in &unit.exec {
        commands(line);
    }
    for settings in [&unit.settings, &resolved(&unit.settings, &name)] {
        all_binds(settings).count();
        store_binds(settings, &dir);
        assigned(settings);
        passed(settings);
        let none = Settings::default();
        let root = Root::new(Parts {
            store_dir: &dir,
            own: settings,
            confinement: &none,
            bin_sh: None,
            closure: &[],
            strategy: Strategy::Bind,
            is_adopted: false,
        });
        for is_privileged in [false, true] {
            let inside = Inside::new(&root, &NoFiles, is_privileged);
            for mount in &root.mounts {
                let _ = inside.look(&mount.target);
                let _ = inside.can_be_made(&mount.target, true);
            }
        }
        environment_files(settings).count();
        Environment::of(settings, &NoFiles, &dir);
        for setting in ["ReadWritePaths", "InaccessiblePaths", "ReadOnlyPaths"] {
            path_entries(settings, setting);
        }
        for value in settings.list("TemporaryFileSystem") {
            temporary_file_systems(value).count();
        }
        let _ = adopted(&name, settings, &dir, Strategy::Bind);
        for directories in ExecDirectories::ALL {
            directories.of(settings);
        }
    }
    free(unit.refused.is_none())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &anything)
});
