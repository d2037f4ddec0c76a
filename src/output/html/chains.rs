//! Why a service sees what it sees, as a tree: each path once, where the shortest chain from an option leads to it.

use std::cmp::Reverse;

use crate::bundle::{Before, Step, Why};
use crate::output::human::count;
use crate::output::share::Shares;
use crate::store::Package;
use crate::text::bytes;
use crate::text::{Html, Text, text};

/// A path with all that it leads to.
#[derive(Clone, Default)]
struct Branch {
    /// The paths behind it, by index.
    after: Vec<usize>,
    /// How many paths there are, itself included.
    paths: usize,
    /// Their size, in bytes.
    size: u64,
    is_shown: bool,
}

/// The tree of the largest `max` branches; the others are counted.
pub fn tree(why: &Why, shares: &Shares, max: usize) -> Text<Html> {
    let steps = why.steps();
    let branches = branches(&steps, shares, max);
    let named = (0..steps.len()).filter(|index| matches!(steps[*index].before, Before::Named(_)));
    let named: Vec<_> = named.collect();
    let whole = named.iter().map(|index| branches[*index].size).sum();
    let drawing = Drawing {
        steps: &steps,
        branches: &branches,
        shares,
        whole,
    };
    text!(
        "<figure>\n<ul class=\"tree\">\n{}</ul>\n<figcaption>Each path once, where the shortest chain from an option leads to it. Sizes include \
         what follows. <span class=\"key own\">only this service</span> <span class=\"key shared\">others too</span></figcaption></figure>\n",
        drawing.draw(&named)
    )
}

fn branches(steps: &[Step], shares: &Shares, max: usize) -> Vec<Branch> {
    let mut branches = vec![Branch::default(); steps.len()];
    // What follows is behind in the list.
    for (index, step) in steps.iter().enumerate().rev() {
        branches[index].paths += 1;
        branches[index].size += shares.path(step.path).size;
        if let Before::Referred(before) = step.before {
            let Branch { paths, size, .. } = branches[index];
            branches[before].paths += paths;
            branches[before].size += size;
            branches[before].after.push(index);
        }
    }
    // A branch is no larger than the one that it is part of, so none of those is missing.
    let mut largest: Vec<_> = (0..steps.len()).collect();
    largest.sort_by_key(|index| (Reverse(branches[*index].size), *index));
    for index in largest.into_iter().take(max) {
        branches[index].is_shown = true;
    }
    branches
}

struct Drawing<'a> {
    steps: &'a [Step<'a>],
    branches: &'a [Branch],
    shares: &'a Shares<'a>,
    /// The size of all paths.
    whole: u64,
}

impl Drawing<'_> {
    /// Branches beside each other, the largest first.
    fn draw(&self, branches: &[usize]) -> Text<Html> {
        let (mut shown, hidden): (Vec<usize>, Vec<usize>) = branches
            .iter()
            .partition(|index| self.branches[**index].is_shown);
        shown.sort_by_key(|index| (Reverse(self.branches[*index].size), *index));
        let mut text: Text<Html> = shown.into_iter().map(|index| self.item(index)).collect();
        let paths: usize = hidden.iter().map(|index| self.branches[*index].paths).sum();
        if paths > 0 {
            let size = hidden.iter().map(|index| self.branches[*index].size).sum();
            text.push(text!(
                "<li class=\"more\">{}, {}</li>\n",
                count(paths, "more path"),
                bytes(size)
            ));
        }
        text
    }

    fn item(&self, index: usize) -> Text<Html> {
        let Step { path, before } = &self.steps[index];
        let Branch { after, size, .. } = &self.branches[index];
        let mut text = text!(
            "<li><div class=\"{}\" style=\"--share:{}%\" title=\"{}\"><span>",
            if self.shares.is_shared(path) {
                "shared"
            } else {
                "own"
            },
            size.saturating_mul(100)
                .checked_div(self.whole)
                .unwrap_or(0),
            path,
        );
        if let Before::Named(origin) = before {
            text.push(text!("<code>{}</code> ", origin.option()));
        }
        text.push(text!(
            "{}</span> <span>{}</span></div>",
            Package::parse(path.name()),
            bytes(*size)
        ));
        if !after.is_empty() {
            text.push(text!("<ul>\n{}</ul>", self.draw(after)));
        }
        text.push(Text::own("</li>\n"));
        text
    }
}
