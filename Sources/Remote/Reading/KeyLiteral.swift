import Dump
import Model
import SQLite

extension SQLValue {
    /// An expression that SQLite reads as exactly this value, without an affinity that a comparison could apply to the
    /// other side: <https://www.sqlite.org/datatype3.html#affinity_of_expressions>.
    var literal: String {
        switch self {
        case .null: "NULL"
        case .integer(let integer): "\(integer)"
        case .real(let real) where real.isInfinite: real < 0 ? "-9e999" : "9e999"
        case .real(let real) where real == 0: "0.0"
        case .real(let real): "(\(RealLiteral.exact(real)))"
        // The sign takes away the affinity that a cast gives.
        case .text(let bytes): "+CAST(X'\(Hex.encode(bytes))' AS TEXT)"
        case .blob(let bytes): "X'\(Hex.encode(bytes))'"
        }
    }

    enum Relation {
        case equal, different, unknown
    }

    /// Whether SQLite takes the two for equal, as far as that can be told without asking it.
    func relation(to other: SQLValue, collation: String) -> Relation {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left == right ? .equal : .different
        case (.real(let left), .real(let right)): left == right ? .equal : .different
        // Large integers and REALs are compared digit by digit.
        case (.integer, .real), (.real, .integer), (.null, _), (_, .null): .unknown
        case (.blob(let left), .blob(let right)): left == right ? .equal : .different
        case (.text(let left), .text(let right)):
            switch collation.uppercased() {
            case _ where left == right: .equal
            case "BINARY": .different
            // Behind a NUL SQLite compares the lengths alone, and in UTF-16 half a character may look like a letter.
            case "NOCASE" where left.contains(0) || right.contains(0): .unknown
            case "NOCASE": SQLText(bytes: left).folded == SQLText(bytes: right).folded ? .unknown : .different
            default: .unknown
            }
        default: .different
        }
    }
}
