//! The built-in presets.

use super::PresetBind;

/// A built-in preset.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Which files of the host it makes visible read-only, each only if the host has it: `SOURCE[:TARGET]`.
    pub binds: &'static [&'static str],
    /// Which files it makes visible and writable, each only if the host has it.
    pub writable: &'static [&'static str],
    /// The variables that it sets unless the unit does.
    pub environment: &'static [(&'static str, &'static str)],
    /// What a service with it can reach, and what it exposes.
    pub opens: &'static str,
}

impl BuiltIn {
    /// Which files of the host it makes visible.
    pub fn shows(&self) -> impl Iterator<Item = PresetBind> {
        let read_only = self.binds.iter().map(|word| (word, false));
        let writable = self.writable.iter().map(|word| (word, true));
        read_only.chain(writable).map(|(word, writable)| {
            let (source, target) = word.split_once(':').unwrap_or((word, word));
            PresetBind {
                source: source.to_owned(),
                target: target.to_owned(),
                optional: true,
                writable,
            }
        })
    }
}

/// All built-in presets, by name.
pub static PRESETS: [BuiltIn; 12] = [
    BuiltIn {
        name: "dbus",
        purpose: "talk to services on the system bus",
        binds: &["/run/dbus/system_bus_socket"],
        writable: &[],
        environment: &[],
        opens: "Every service on the bus, including systemd, as far as the bus's policy and polkit allow the service's user. For root without PrivateUsers= this is the whole host.",
    },
    BuiltIn {
        name: "dns",
        purpose: "look up host names",
        binds: &[
            "/etc/resolv.conf",
            "/etc/hosts",
            "/etc/nsswitch.conf",
            "/etc/host.conf",
            "/etc/gai.conf",
            "/etc/services",
            "/etc/protocols",
            // The target of resolv.conf, and the socket of systemd-resolved.
            "/run/systemd/resolve",
        ],
        writable: &[],
        environment: &[],
        opens: "The names of hosts and networks in these files, and systemd-resolved. The service sees the /etc/resolv.conf of its start; if the file is replaced later, restart the service.",
    },
    BuiltIn {
        name: "locale",
        purpose: "messages, sorting and numbers by locale",
        binds: &[
            "/etc/locale.conf",
            "/run/current-system/sw/lib/locale/locale-archive",
            "/usr/lib/locale",
        ],
        writable: &[],
        environment: &[("LOCALE_ARCHIVE", "/usr/lib/locale/locale-archive")],
        opens: "Which locales the host has. NixOS sets LOCALE_ARCHIVE itself.",
    },
    BuiltIn {
        name: "logging",
        purpose: "write to the journal and to syslog directly, not through standard output",
        binds: &[
            "/run/systemd/journal/socket",
            "/run/systemd/journal/stdout",
            "/run/systemd/journal/dev-log",
        ],
        writable: &[],
        environment: &[],
        opens: "Log messages with fields of its own choice; the journal marks who sent them. /dev/log, which links to it, exists if the service has its own /dev.",
    },
    BuiltIn {
        name: "nix-daemon",
        purpose: "build, substitute and query with Nix",
        binds: &["/nix/var/nix/daemon-socket"],
        writable: &[],
        environment: &[("NIX_REMOTE", "daemon")],
        opens: "All that Nix lets the service's user do: build, add to the store, keep paths from garbage collection, and copy any path out of the store, in its closure or not. For root and users in trusted-users, this is the whole host. /nix/store still shows only the closure.",
    },
    BuiltIn {
        name: "nscd",
        purpose: "users, groups and hosts from modules that the service's own C library can't load (LDAP, SSSD, systemd)",
        // The C library uses the latter.
        binds: &["/run/nscd", "/run/nscd:/var/run/nscd"],
        writable: &[],
        environment: &[],
        opens: "Every user, group and host that the host knows, by individual lookups.",
    },
    BuiltIn {
        name: "opengl",
        purpose: "OpenGL, Vulkan and video drivers of NixOS",
        binds: &["/run/opengl-driver", "/run/opengl-driver-32"],
        writable: &[],
        environment: &[],
        opens: "The drivers' libraries, whose closure joins the service's on NixOS. The devices in /dev/dri exist only with PrivateDevices=no, which shows every device of the host.",
    },
    BuiltIn {
        name: "postgresql",
        purpose: "PostgreSQL on its local socket",
        binds: &["/run/postgresql"],
        writable: &[],
        environment: &[],
        opens: "The database server, as far as pg_hba.conf allows the service's user. PostgreSQL recreates the socket's directory when it restarts, so the service must restart too (PartOf=postgresql.service).",
    },
    BuiltIn {
        name: "sendmail",
        purpose: "send mail through the host's sendmail",
        binds: &[
            "/run/wrappers/bin/sendmail",
            "/run/wrappers/bin/sendmail:/usr/sbin/sendmail",
            // The sender of a mail, and the user of Postfix.
            "/etc/passwd",
            "/etc/group",
            "/etc/msmtprc",
            "/etc/aliases",
            "/etc/postfix/main.cf",
            "/var/lib/postfix/queue/public",
            "/var/spool/postfix/public",
        ],
        writable: &[
            // Where Postfix's sendmail puts a mail, on NixOS and on other systems.
            "/var/lib/postfix/queue/maildrop",
            "/var/spool/postfix/maildrop",
        ],
        environment: &[],
        opens: "Mail to anyone in the name of the host, the names of its users, and passwords in msmtprc that the service's user may read. NixOS's sendmail joins the closure; elsewhere add one to packages. Postfix's is setgid, which has no effect under PrivateUsers= or NoNewPrivileges=: set PrivateUsers=no. On systemd 252, also use mode chroot-only, because User= in full-apivfs implies NoNewPrivileges= there. msmtp sends over the network itself: add dns and tls.",
    },
    BuiltIn {
        name: "time",
        purpose: "local time and time zones",
        binds: &[
            "/etc/localtime",
            "/etc/timezone",
            "/etc/zoneinfo",
            "/usr/share/zoneinfo",
        ],
        writable: &[],
        environment: &[],
        opens: "The time zone of the host, which hints at its location.",
    },
    BuiltIn {
        name: "tls",
        purpose: "check certificates of others",
        binds: &[
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/ssl/certs/ca-bundle.crt",
            "/etc/pki/tls/certs/ca-bundle.crt",
        ],
        writable: &[],
        environment: &[
            ("NIX_SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
            ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
        ],
        opens: "The certificates of the authorities that the host trusts, which are public, but no keys.",
    },
    BuiltIn {
        name: "users",
        purpose: "names of users and groups",
        binds: &["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"],
        writable: &[],
        environment: &[],
        opens: "The names, homes and shells of the host's users; no password hashes. The service sees the files as they are when it starts.",
    },
];
