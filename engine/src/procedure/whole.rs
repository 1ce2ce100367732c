//! A call as a whole: all its rows at once as columns, for programs that take them as arrays.

use super::{argument::columns_of, invoke::invoke};
use crate::{
    column::Column,
    error::{Error, Result},
    registry::{Mode, Procedure},
    runtime::{batch, statement::Statement},
    value::Value,
};

/// The names and columns of a call in the mode run, and how many rows it has. Arrays of the algorithm are taken over as they are.
pub(crate) fn whole(
    st: &Statement,
    procedure: Procedure,
    parameters: &Value,
) -> Result<(Vec<String>, Vec<Column>, usize)> {
    if !matches!(procedure.mode, Mode::Run | Mode::Stream) {
        return Err(Error::rule(format!("{} gives no columns: run it as a statement", procedure.name())));
    }
    let wanted = columns_of(procedure, parameters, st)?;
    let mut rows = invoke(st, procedure, std::slice::from_ref(parameters), &wanted)?;
    let mut columns: Vec<(usize, Column)> =
        wanted.iter().map(|&position| (position, rows.take(position).unwrap_or_default())).collect();
    let others: Vec<usize> = columns.iter().filter(|(_, column)| column.is_empty()).map(|(at, _)| *at).collect();
    while !others.is_empty()
        && let Some(next) = rows.next(st, &others)?
    {
        st.cancel.check()?;
        for (position, column) in next {
            let column = match column {
                batch::Column::Typed(column) => column,
                column => {
                    let len = column.len();
                    Column::from_values(column.into_values(len))
                }
            };
            if let Some((_, whole)) = columns.iter_mut().find(|(at, _)| *at == position) {
                whole.append(column);
            }
        }
    }
    let len = columns.first().map_or(0, |(_, column)| column.len());
    let names = wanted.iter().map(|&position| procedure.description().columns[position].name.to_owned()).collect();
    Ok((names, columns.into_iter().map(|(_, column)| column).collect(), len))
}
