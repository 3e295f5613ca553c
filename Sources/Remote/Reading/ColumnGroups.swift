import Model

/// Which columns of a table are read together: all, or, in a table with more than a statement or a result may have,
/// some at a time, with the key in each.
enum ColumnGroups {
    /// - Returns: Positions among the table's columns; each column stands in one group, those of the key in all.
    static func of(_ table: RemoteTable, within limits: RemoteLimits) -> [[Int]] {
        let keys = table.keyIndexes
        // The longest that is asked of a column, and its name, which each part of a range says again.
        let encoded = ValueEncoding().expression("c1000", upTo: limits.answerBytes).utf8.count
        let arms = keys.count > 1 ? KeyRange.mostArms : 1
        func bytes(_ column: Int) -> Int { encoded + arms * (table.columns[column].name.quoted.count + 12) }
        // The rest is for the key's values.
        let room = limits.statementBytes / 5 * 4
        let most = max(limits.columns - (table.hasRowidKey ? 1 : 0), 1)
        func fits(_ columns: [Int]) -> Bool {
            columns.count <= most && columns.reduce(0) { $0 + bytes($1) } <= room
        }

        let all = Array(table.columns.indices)
        if fits(all) { return [all] }
        var groups: [[Int]] = []
        var group = keys
        for column in all where !keys.contains(column) {
            if group.count > keys.count, !fits(group + [column]) {
                groups.append(group)
                group = keys
            }
            group.append(column)
        }
        return groups + [group]
    }
}
