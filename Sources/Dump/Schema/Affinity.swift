import Model

/// What SQLite does to a value that is stored in a column: <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>.
enum Affinity: Sendable {
    case blob, text, numeric, integer, real

    /// - Parameter declaredType: As in `CREATE TABLE`, empty where there is none.
    init(declaredType: SQLText, isStrict: Bool) {
        let type = declaredType.folded
        if isStrict && type == "any" {
            self = .blob
        } else if type.contains("int") {
            self = .integer
        } else if type.contains("char") || type.contains("clob") || type.contains("text") {
            self = .text
        } else if type.bytes.isEmpty || type.contains("blob") {
            self = .blob
        } else if type.contains("real") || type.contains("floa") || type.contains("doub") {
            self = .real
        } else {
            self = .numeric
        }
    }
}

extension SQLText {
    /// Whether these bytes stand somewhere in it.
    fileprivate func contains(_ word: String) -> Bool {
        let word = Array(word.utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: word) }
    }
}
