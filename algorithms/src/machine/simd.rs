//! Runtime dispatch: one loop compiled for several instruction sets, of which the best that this machine has is taken.
//!
//! The loops are plain Rust over slices: no reduction across lanes and no fused multiply-add unless written so, hence
//! the same bits from every instruction set.

/// Makes `fn name(arguments)` that runs `body(arguments)` in the widest vector instructions of the machine. `body`
/// must be `#[inline(always)]`, so that it is compiled for each instruction set. `with "feature"` names one more that the widest takes.
macro_rules! dispatched {
    (
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) = $body:ident $(with $feature:tt)?
    ) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "the arguments of a loop are its shapes and its slices")]
        $visibility fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                $(#[target_feature(enable = $feature)])?
                #[allow(clippy::too_many_arguments, reason = "as above")]
                fn avx512($($argument: $type),*) { $body($($argument),*) }
                #[target_feature(enable = "avx2,fma")]
                #[allow(clippy::too_many_arguments, reason = "as above")]
                fn avx2($($argument: $type),*) { $body($($argument),*) }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    $(&& is_x86_feature_detected!($feature))?
                {
                    // SAFETY: the processor has these instructions, as just asked; those of AVX2 and FMA come with
                    // them.
                    return unsafe { avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: the processor has these instructions, as just asked.
                    return unsafe { avx2($($argument),*) };
                }
            }
            $body($($argument),*)
        }
    };
}
pub(crate) use dispatched;

/// The instruction sets that loops are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    /// The one that the crate is compiled for.
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// An instruction set that the processor has: made only by [`Level::available`], which asks the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level(InstructionSet);

impl Level {
    /// The instruction set.
    pub(crate) fn kind(self) -> InstructionSet {
        self.0
    }

    /// The instruction sets of this machine, best last.
    pub(crate) fn available() -> Vec<Level> {
        let mut levels = vec![Level(InstructionSet::Plain)];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            levels.extend(avx2.then_some(Level(InstructionSet::Avx2)));
            levels.extend((avx2 && avx512).then_some(Level(InstructionSet::Avx512)));
        }
        levels
    }

    /// The best instruction set of this machine.
    pub(crate) fn best() -> Level {
        Self::available().pop().unwrap_or(Level(InstructionSet::Plain))
    }
}
