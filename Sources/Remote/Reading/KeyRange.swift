import Model
import SQLite

/// The rows behind one key and up to another, as conditions by which SQLite finds them in the key's own index.
///
/// A comparison of row values knows no descending columns, and one long chain of ORs no index. So the range is cut into
/// pieces that each hold the first columns fast and bound the next one: for (1, 5) to (3, 2) the rest of 1 behind 5,
/// all between 1 and 3, and 3 up to 2. Key columns of tables WITHOUT ROWID are never NULL.
struct KeyRange {
    struct Column {
        /// As it stands in a statement, with its collation.
        let expression: String
        let collation: String
        let isDescending: Bool
    }

    /// The terms that a compound SELECT of the services may have.
    static let mostArms = 5

    let columns: [Column]
    /// Exclusive; nil for the beginning.
    let after: RemoteKey?
    /// Inclusive; nil for the end.
    let upTo: RemoteKey?

    /// Conditions of which each row of the range satisfies one, and the rows of each come before those of the next.
    var arms: [String] {
        switch (after, upTo) {
        case (nil, nil): ["1"]
        case (let after?, nil): tails(after, from: 0, upTo: nil)
        case (nil, let upTo?): [first(0, nil, upTo)] + heads(upTo, from: 0, depth: Self.mostArms)
        case (let after?, let upTo?): between(after, upTo)
        }
    }

    private func between(_ after: RemoteKey, _ upTo: RemoteKey) -> [String] {
        for index in columns.indices {
            switch after.values[index].relation(to: upTo.values[index], collation: columns[index].collation) {
            case .equal: continue
            // Slower, and right whether they are equal or not.
            case .unknown: return tails(after, from: 0, upTo: upTo)
            case .different:
                let depth = index + 1 + (Self.mostArms - 1) / 2
                let rest = Array(tails(after, from: index, depth: depth, upTo: nil).dropLast())
                return rest + [first(index, after, upTo)] + heads(upTo, from: index, depth: depth)
            }
        }
        return ["0"]
    }

    /// What lies behind `after` and equals it before the column at `start`: from the last columns to that one.
    private func tails(_ after: RemoteKey, from start: Int, depth: Int = mostArms, upTo: RemoteKey?) -> [String] {
        let deepest = min(columns.count, depth) - 1
        guard deepest >= start else { return [] }
        return (start...deepest).reversed().map { index -> String in
            var conditions = equals(after, before: index)
            conditions.append(index == deepest ? behind(index, after) : beyond(index, after))
            if let upTo { conditions.append(notBehind(0, upTo)) }
            return all(conditions)
        }
    }

    /// What lies between both in the column at `index`, before which they are equal.
    private func first(_ index: Int, _ after: RemoteKey?, _ upTo: RemoteKey) -> String {
        var conditions = equals(after ?? upTo, before: index)
        if let after { conditions.append(beyond(index, after)) }
        conditions.append(index == columns.count - 1 ? notBeyond(index, upTo) : ahead(index, upTo))
        return all(conditions)
    }

    /// What equals `upTo` up to the column at `start` and does not lie behind it: to the last columns.
    private func heads(_ upTo: RemoteKey, from start: Int, depth: Int) -> [String] {
        let deepest = min(columns.count, depth) - 1
        guard deepest > start else { return [] }
        return ((start + 1)...deepest).map { index -> String in
            let condition = index == deepest ? notBehind(index, upTo) : ahead(index, upTo)
            return all(equals(upTo, before: index) + [condition])
        }
    }

    private func all(_ conditions: [String]) -> String { conditions.joined(separator: " AND ") }

    private func equals(_ key: RemoteKey, from start: Int = 0, before end: Int) -> [String] {
        (start..<end).map { equal($0, key) }
    }

    private func equal(_ index: Int, _ key: RemoteKey) -> String {
        "\(columns[index].expression)=\(key.values[index].literal)"
    }

    private func beyond(_ index: Int, _ key: RemoteKey) -> String {
        "\(columns[index].expression)\(columns[index].isDescending ? "<" : ">")\(key.values[index].literal)"
    }

    private func ahead(_ index: Int, _ key: RemoteKey) -> String {
        "\(columns[index].expression)\(columns[index].isDescending ? ">" : "<")\(key.values[index].literal)"
    }

    private func notBeyond(_ index: Int, _ key: RemoteKey) -> String {
        "\(columns[index].expression)\(columns[index].isDescending ? ">=" : "<=")\(key.values[index].literal)"
    }

    private func notAhead(_ index: Int, _ key: RemoteKey) -> String {
        "\(columns[index].expression)\(columns[index].isDescending ? "<=" : ">=")\(key.values[index].literal)"
    }

    /// Behind the key, given that all columns before `index` are equal; the first condition is for the index.
    private func behind(_ index: Int, _ key: RemoteKey) -> String {
        guard index < columns.count - 1 else { return beyond(index, key) }
        return "\(notAhead(index, key)) AND (\(alternatives(from: index, key, beyond, last: beyond)))"
    }

    /// The opposite.
    private func notBehind(_ index: Int, _ key: RemoteKey) -> String {
        guard index < columns.count - 1 else { return notBeyond(index, key) }
        return "\(notBeyond(index, key)) AND (\(alternatives(from: index, key, ahead, last: notBeyond)))"
    }

    /// One for each column that may be the first in which a row differs from the key; without brackets in brackets, of
    /// which SQLite's parser takes a few dozen only.
    private func alternatives(
        from start: Int, _ key: RemoteKey, _ compare: (Int, RemoteKey) -> String, last: (Int, RemoteKey) -> String
    ) -> String {
        let end = columns.count - 1
        let terms = (start...end).map { index -> String in
            all(equals(key, from: start, before: index) + [index == end ? last(index, key) : compare(index, key)])
        }
        return terms.joined(separator: " OR ")
    }
}
