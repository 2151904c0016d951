//! Shrinks a failing life to the fewest steps that still fail, each as simple as possible.
//!
//! proptest removes list elements one by one, which takes minutes for a thousand steps; this
//! removes whole ranges first.

use proptest::strategy::ValueTree;

use crate::op::Op;

/// A step, and simpler ones in its place.
pub(crate) type Tree = Box<dyn ValueTree<Value = Op>>;

/// Lives that are tried at most.
const PATIENCE: u32 = 4_000;

pub(crate) fn current(trees: &[Tree]) -> Vec<Op> {
    trees.iter().map(ValueTree::current).collect()
}

/// The fewest of `trees` whose life still fails, and why that fails. `fails` lives one.
pub(crate) fn shrink(
    mut trees: Vec<Tree>,
    why: String,
    fails: impl Fn(&[Op]) -> Option<String>,
) -> (Vec<Op>, String) {
    let (mut why, mut left) = (why, PATIENCE);
    let mut still = |ops: &[Op], why: &mut String| {
        left = left.saturating_sub(1);
        if left == 0 {
            return false;
        }
        let found = fails(ops);
        if let Some(found) = &found {
            why.clone_from(found);
        }
        found.is_some()
    };
    let mut stretch = trees.len().next_power_of_two();
    while stretch > 0 {
        let mut at = trees.len();
        let before = at;
        // From the end: what comes after the failure is not even reached.
        while at > 0 {
            let from = at.saturating_sub(stretch);
            let mut ops = current(&trees);
            ops.drain(from..at);
            if still(&ops, &mut why) {
                trees.drain(from..at);
            }
            at = from;
        }
        // Single steps are tried until none can go.
        if stretch > 1 || trees.len() == before {
            stretch /= 2;
        }
    }
    for at in 0..trees.len() {
        let mut more = trees[at].simplify();
        while more {
            let simpler = still(&current(&trees), &mut why);
            more = if simpler { trees[at].simplify() } else { trees[at].complicate() };
        }
    }
    (current(&trees), why)
}
