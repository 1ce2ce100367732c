//! Arrays of plain numbers, in memory or mapped from a temporary file.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bytemuck::Pod;

use super::error::Error;
use super::scratch::{Mapped, Scratch, ScratchFile};

/// An array to be read: in memory, or mapped from a temporary file that goes with it.
#[derive(Clone)]
pub struct Numbers<T>(Place<T>);

#[derive(Clone)]
enum Place<T> {
    Memory(Vec<T>),
    Mapped(Arc<dyn Mapped>),
}

impl<T: Pod> Numbers<T> {
    /// Bytes of memory it holds; a mapped file holds none that the system could not take back.
    pub fn memory_bytes(&self) -> u64 {
        match &self.0 {
            Place::Memory(numbers) => (numbers.capacity() * size_of::<T>()) as u64,
            Place::Mapped(_) => 0,
        }
    }

    /// The array in memory: a copy, where it was mapped.
    pub fn into_vec(self) -> Vec<T> {
        match self.0 {
            Place::Memory(numbers) => numbers,
            Place::Mapped(mapped) => bytemuck::cast_slice(mapped.bytes()).to_vec(),
        }
    }

    /// What was written to a file.
    fn mapped(file: Box<dyn ScratchFile>) -> Result<Self, Error> {
        Ok(Numbers(Place::Mapped(file.map()?)))
    }
}

impl<T> From<Vec<T>> for Numbers<T> {
    fn from(numbers: Vec<T>) -> Self {
        Numbers(Place::Memory(numbers))
    }
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Pod> Deref for Numbers<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        match &self.0 {
            Place::Memory(numbers) => numbers,
            Place::Mapped(mapped) => bytemuck::cast_slice(mapped.bytes()),
        }
    }
}

impl<T: Pod + PartialEq> PartialEq for Numbers<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Numbers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

/// Bytes that are collected before they go to a file.
const CHUNK_BYTES: usize = 1 << 20;

/// An array in the making, which grows at its end.
#[derive(Debug)]
pub(crate) struct NumbersWriter<T> {
    /// All numbers, or those that are not in the file yet.
    memory: Vec<T>,
    file: Option<Box<dyn ScratchFile>>,
    /// How many are in the file.
    written: usize,
}

impl<T: Pod> NumbersWriter<T> {
    /// In a temporary file, or in memory with room for so many numbers.
    pub(crate) fn new(scratch: Option<&dyn Scratch>, capacity: usize) -> Result<Self, Error> {
        let file = scratch.map(Scratch::file).transpose()?;
        let memory = Vec::with_capacity(if file.is_some() { 0 } else { capacity });
        Ok(NumbersWriter { memory, file, written: 0 })
    }

    pub(crate) fn len(&self) -> usize {
        self.written + self.memory.len()
    }

    pub(crate) fn push(&mut self, number: T) -> Result<(), Error> {
        self.memory.push(number);
        self.flush(CHUNK_BYTES)
    }

    pub(crate) fn extend(&mut self, numbers: impl IntoIterator<Item = T>) -> Result<(), Error> {
        numbers.into_iter().try_for_each(|number| self.push(number))
    }

    pub(crate) fn extend_from_slice(&mut self, numbers: &[T]) -> Result<(), Error> {
        let Some(file) = &self.file else {
            self.memory.extend_from_slice(numbers);
            return Ok(());
        };
        if size_of_val(numbers) < CHUNK_BYTES {
            self.memory.extend_from_slice(numbers);
            return self.flush(CHUNK_BYTES);
        }
        let end = (self.written + self.memory.len()) * size_of::<T>();
        file.write(end as u64, bytemuck::cast_slice(numbers))?;
        self.flush(0)?;
        self.written += numbers.len();
        Ok(())
    }

    /// Writes what is collected, from so many bytes on.
    fn flush(&mut self, least: usize) -> Result<(), Error> {
        match &self.file {
            Some(file) if size_of_val(&*self.memory) >= least && !self.memory.is_empty() => {
                file.write((self.written * size_of::<T>()) as u64, bytemuck::cast_slice(&self.memory))?;
                self.written += self.memory.len();
                self.memory.clear();
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Numbers<T>, Error> {
        self.flush(0)?;
        match self.file {
            Some(file) if self.written > 0 => Numbers::mapped(file),
            _ => Ok(self.memory.into()),
        }
    }
}

/// An array in a temporary file that is written in any order.
pub(crate) struct NumbersFile<T> {
    file: Box<dyn ScratchFile>,
    numbers: std::marker::PhantomData<fn(T)>,
}

impl<T: Pod> NumbersFile<T> {
    pub(crate) fn new(scratch: &dyn Scratch) -> Result<Self, Error> {
        Ok(NumbersFile { file: scratch.file()?, numbers: std::marker::PhantomData })
    }

    /// Writes numbers from this one on.
    pub(crate) fn write(&self, first: usize, numbers: &[T]) -> Result<(), Error> {
        self.file.write((first * size_of::<T>()) as u64, bytemuck::cast_slice(numbers))
    }

    /// Reads numbers from this one on.
    pub(crate) fn read(&self, first: usize, numbers: &mut [T]) -> Result<(), Error> {
        self.file.read((first * size_of::<T>()) as u64, bytemuck::cast_slice_mut(numbers))
    }

    /// The array; something has been written.
    pub(crate) fn finish(self) -> Result<Numbers<T>, Error> {
        Numbers::mapped(self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryScratch;

    #[test]
    fn arrays_in_files_are_those_in_memory() {
        let scratch = MemoryScratch::default();
        for count in [0usize, 1, 1000, 300_000, 600_001] {
            let numbers: Vec<u32> = (0..count as u32).map(|number| number.wrapping_mul(2_654_435_761)).collect();
            for scratch in [None, Some(&scratch as &dyn Scratch)] {
                let mut writer = NumbersWriter::new(scratch, 10).unwrap();
                let (first, rest) = numbers.split_at(count / 5);
                writer.extend(first.iter().copied()).unwrap();
                writer.extend_from_slice(rest).unwrap();
                writer.extend_from_slice(&[7, 8]).unwrap();
                assert_eq!(writer.len(), count + 2);
                let written = writer.finish().unwrap();
                assert_eq!(written[..count], numbers);
                assert_eq!(written[count..], [7, 8]);
                assert_eq!(written.memory_bytes() == 0, scratch.is_some());
                assert_eq!(written.clone().into_vec(), *written);
            }
        }
        assert!(NumbersWriter::<f64>::new(Some(&scratch), 0).unwrap().finish().unwrap().is_empty());
        assert_eq!(scratch.files(), 0, "files are gone with their arrays");
    }
}
