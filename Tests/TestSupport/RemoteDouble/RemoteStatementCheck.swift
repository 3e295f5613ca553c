import Model

/// What Cloudflare's authorizer refuses, as far as it shows in a statement's words
/// (<https://developers.cloudflare.com/durable-objects/api/sql-storage/>, workerd's src/workerd/util/sqlite.c++).
struct RemoteStatementCheck {
    private enum Token: Equatable {
        /// In small letters.
        case word(String)
        case name(String)
        case text(String)
        case sign(UInt8)
    }

    static let statementBytes = 100_000

    /// PROTOCOLS.md's list, and the few more that are known.
    private static let pragmas: Set<String> = [
        "table_list", "table_info", "table_xinfo", "index_list", "index_info", "foreign_key_list",
        "foreign_key_check", "data_version", "page_size", "quick_check", "optimize", "foreign_keys",
        "defer_foreign_keys", "ignore_check_constraints", "legacy_alter_table", "recursive_triggers",
        "reverse_unordered_selects", "case_sensitive_like",
    ]
    private static let functions: Set<String> = [
        "sqlite_version", "sqlite_source_id", "sqlite_offset", "sqlite_compileoption_get", "sqlite_compileoption_used",
    ]
    private static let transactions: Set<String> = [
        "begin", "commit", "end", "rollback", "savepoint", "release",
    ]

    private let tokens: [Token]
    private let pragmas: Set<String>

    /// The service's words where it refuses the statement; nil where it does not.
    static func refusal(of sql: String, _ service: RemoteService) -> String? {
        guard sql.utf8.count <= statementBytes else { return "statement too long: SQLITE_TOOBIG" }
        // Older versions refuse it, younger ones do not: one double of each.
        let pragmas = service == .d1 ? Self.pragmas.union(["index_xinfo"]) : Self.pragmas
        return RemoteStatementCheck(tokens: tokens(of: Array(sql.utf8)), pragmas: pragmas).refusal
    }

    private var refusal: String? {
        guard case .word(let first)? = tokens.first else { return "SQL code did not contain a statement." }
        if Self.transactions.contains(first) {
            return "To execute a transaction, please use the state.storage.transaction() or "
                + "state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements."
        }
        if ["attach", "detach", "vacuum"].contains(first) { return "not authorized: SQLITE_AUTH" }
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            let isCall = next == .sign(UInt8(ascii: "("))
            switch token {
            case .word(let word) where isCall && Self.functions.contains(word):
                return "not authorized to use function: \(word): SQLITE_ERROR"
            case .word(let word), .name(let word):
                if word.lowercased().hasPrefix("_cf_") { return Self.prohibited(word) }
                if word == "pragma", index == 0 {
                    let isQualified = tokens.count > 3 && tokens[2] == .sign(UInt8(ascii: "."))
                    let place = isQualified ? 3 : 1
                    guard place < tokens.count, case .word(let name) = tokens[place] else { break }
                    if let words = refusal(ofPragma: name, from: place + 1) { return words }
                } else if word.hasPrefix("pragma_") {
                    if let words = refusal(ofPragma: String(word.dropFirst(7)), from: index + 1) { return words }
                }
            case .text, .sign: break
            }
        }
        return nil
    }

    /// - Parameter index: Of what follows its name.
    private func refusal(ofPragma name: String, from index: Int) -> String? {
        guard pragmas.contains(name) else { return "not authorized: SQLITE_AUTH" }
        guard index + 1 < tokens.count, case .sign = tokens[index], case .text(let argument) = tokens[index + 1],
            argument.lowercased().hasPrefix("_cf_")
        else { return nil }
        return "not authorized: SQLITE_AUTH"
    }

    private static func prohibited(_ name: String) -> String {
        "access to \(name) is prohibited: SQLITE_AUTH"
    }

    // MARK: Tokens

    private static func tokens(of sql: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var index = 0
        while index < sql.count {
            let byte = sql[index]
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "["):
                let (content, end) = quoted(in: sql, from: index)
                tokens.append(byte == UInt8(ascii: "'") ? .text(content) : .name(content))
                index = end
            case UInt8(ascii: "-") where sql[index...].starts(with: "--".utf8):
                index = sql[index...].firstIndex(of: 0x0A) ?? sql.count
            case UInt8(ascii: "/") where sql[index...].starts(with: "/*".utf8):
                index = sql[(index + 2)...].firstRange(of: Array("*/".utf8))?.upperBound ?? sql.count
            case 0x09, 0x0A, 0x0C, 0x0D, 0x20: index += 1
            case _ where isWord(byte):
                let end = sql[index...].firstIndex { !isWord($0) } ?? sql.count
                tokens.append(.word(String(decoding: sql[index..<end], as: UTF8.self).lowercased()))
                index = end
            default:
                tokens.append(.sign(byte))
                index += 1
            }
        }
        return tokens
    }

    /// What stands between quotes, and where the next token may begin.
    private static func quoted(in sql: [UInt8], from start: Int) -> (content: String, end: Int) {
        let closing = sql[start] == UInt8(ascii: "[") ? UInt8(ascii: "]") : sql[start]
        var content: [UInt8] = []
        var index = start + 1
        while index < sql.count {
            if sql[index] == closing {
                guard closing != UInt8(ascii: "]"), index + 1 < sql.count, sql[index + 1] == closing else { break }
                index += 1
            }
            content.append(sql[index])
            index += 1
        }
        return (String(decoding: content, as: UTF8.self), index + 1)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
            true
        default: false
        }
    }
}
