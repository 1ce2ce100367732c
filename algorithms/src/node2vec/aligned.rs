//! Arrays that begin at a cache line, so that a row of 64 bytes is one line and one vector load.
//!
//! The allocator gives large arrays an address 16 bytes past a line; every 64-byte access would then touch two lines.

use bytemuck::{AnyBitPattern, NoUninit, Pod, Zeroable};

/// One cache line.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Plain numbers from the start of a cache line on; a few more than asked for, to the end of the last line.
pub(super) struct Aligned {
    lines: Vec<Line>,
}

impl Aligned {
    /// `count` zeros of `T`.
    pub(super) fn zeros<T: Pod>(count: usize) -> Self {
        Aligned { lines: vec![Line::zeroed(); (count * size_of::<T>()).div_ceil(64)] }
    }

    /// As numbers of a type whose size divides 64.
    pub(super) fn get<T: AnyBitPattern>(&self) -> &[T] {
        bytemuck::cast_slice(&self.lines)
    }

    /// As numbers of a type whose size divides 64, to change.
    pub(super) fn get_mut<T: NoUninit + AnyBitPattern>(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.lines)
    }
}
