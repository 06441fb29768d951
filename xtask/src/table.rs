//! Tables in Markdown, which a terminal shows well enough too.

/// One line of a table: each cell with its column's name.
pub(crate) type Cells<'a> = Vec<(&'a str, String)>;

/// Lays out a table whose columns are as wide as their widest cells: the first one to the left, all others to the right.
pub(crate) fn table(rows: &[Cells<'_>]) -> String {
    let mut lines = vec!["|".to_owned(); rows.len() + 2];
    for column in 0..rows.first().map_or(0, Vec::len) {
        let column_cells = rows.iter().filter_map(|row| row.get(column));
        let (names, mut cells): (Vec<&str>, Vec<String>) = column_cells.cloned().unzip();
        cells.splice(..0, names.first().map(|name| (*name).to_owned()));
        let width = cells.iter().map(|cell| cell.chars().count()).max();
        let width = width.unwrap_or_default();
        let dashes = "-".repeat(width.saturating_sub(1));
        let left = column == 0;
        cells.insert(1, if left { format!(":{dashes}") } else { format!("{dashes}:") });
        for (line, cell) in lines.iter_mut().zip(cells) {
            *line += &if left { format!(" {cell:<width$} |") } else { format!(" {cell:>width$} |") };
        }
    }
    lines.join("\n") + "\n"
}
