//! Services that fail are rehearsed again without the others: a control may have found what another service had made, and many services at
//! once take longer.

use std::collections::BTreeSet;

use anyhow::Result;

use super::rehearsal::{Options, Rehearsal, Verdict, rehearse_together};
use super::round::Stage;
use crate::config::ProgramTable;
use crate::progress::Progress;
use crate::service::UnitName;
use crate::source::{Request, Whole};
use crate::text::count;

/// Rehearses services. `request` is the one that made `whole`.
pub fn rehearse(
    request: &Request,
    whole: &Whole,
    options: &Options,
    programs: &ProgramTable,
    progress: &Progress,
) -> Result<Rehearsal> {
    let mut rehearsal = rehearse_together(request, whole, None, options, programs, progress)?;
    let services = rehearsal.services.iter();
    let failing: BTreeSet<UnitName> = services
        .filter(|(_, service)| matches!(service.verdict, Verdict::Fails { .. }))
        .map(|(name, _)| name.clone())
        .collect();
    if failing.is_empty() || failing.len() == rehearsal.services.len() {
        return Ok(rehearsal);
    }
    progress.step(&format!(
        "again without the others: {}",
        count(failing.len(), "service")
    ));
    let options = Options {
        stage: Stage {
            keep: None,
            ..options.stage.clone()
        },
        ..options.clone()
    };
    let failing = Some(&failing);
    let again = rehearse_together(request, whole, failing, &options, programs, progress)?;
    for (name, mut rehearsed) in again.services {
        if let Verdict::NotComparable(reason) = &mut rehearsed.verdict {
            reason.push_str(", if the other services have not run before");
        }
        rehearsal.services.insert(name, rehearsed);
    }
    Ok(rehearsal)
}
