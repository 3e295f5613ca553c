import Hummingbird
import HummingbirdCore
import Model
import Settings

/// What stands in the path of a request: nothing of it goes further unless it has the form that it should have.
enum PathValue {
    /// A parameter as it is meant: its escapes are decoded here, once, after the path was taken apart. Slashes and
    /// points may have come of them: only what the other functions make of it goes further.
    /// - Throws: 400 where an escape is not one, or stands for bytes that are no UTF-8.
    static func text(_ name: String, _ context: WebContext) throws(WebError) -> String {
        guard let text = PercentEncoding.decode((context.parameters.get(name) ?? "").utf8) else {
            throw WebError(
                .badRequest, "the path has an escape that is none", hint: "A percent sign itself is written %25.")
        }
        return text
    }

    /// The parameter `id` as a backup's or an export's id.
    /// - Throws: 404, as for one that there is not.
    static func backup(_ context: WebContext, noun: String = "backup") throws(WebError) -> BackupID {
        guard let id = BackupID(try text("id", context)) else {
            throw WebError(.notFound, "there is no such \(noun)", hint: idRule)
        }
        return id
    }

    /// The parameter `file`: an export's id, and the extension of its format unless that is left out.
    /// - Throws: 404, as for one that there is not.
    static func file(_ context: WebContext) throws(WebError) -> (id: BackupID, format: DumpFormat?) {
        let pieces = try text("file", context).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = pieces.first.flatMap({ BackupID($0) }) else {
            throw WebError(.notFound, "there is no such export", hint: idRule)
        }
        guard pieces.count == 2 else { return (id, nil) }
        guard let format = DumpFormat.allCases.first(where: { $0.fileExtension == pieces[1] }) else {
            throw WebError(.notFound, "no export has that extension")
        }
        return (id, format)
    }

    /// The parameter `id` as the number of a run, a verification or a message.
    /// - Throws: 404, as for one that there is not.
    static func number(_ context: WebContext, noun: String) throws(WebError) -> Int64 {
        guard let number = QueryValue.number(try text("id", context)) else {
            throw WebError(.notFound, "there is no such \(noun)", hint: "Its id is a number.")
        }
        return number
    }

    /// The parameter `name` as a database's.
    /// - Throws: 404, as for one that there is not.
    static func database(_ context: WebContext) throws(WebError) -> String {
        try entryName(context, noun: "database")
    }

    /// The parameter `name` as a channel's.
    /// - Throws: 404, as for one that there is not.
    static func channel(_ context: WebContext) throws(WebError) -> String {
        try entryName(context, noun: "channel")
    }

    private static func entryName(_ context: WebContext, noun: String) throws(WebError) -> String {
        let name = try text("name", context)
        guard EntryName.isValid(name) else { throw WebError(.notFound, "there is no such \(noun)") }
        return name
    }

    private static let idRule = "Its id looks like dump_20260315-023000."
}

/// What stands in the query of a request, likewise.
enum QueryValue {
    /// nil where it is left out.
    /// - Throws: 422 where no database can have that name.
    static func database(_ request: Request) throws(WebError) -> String? {
        try database(request.uri.queryParameters.get("database"))
    }

    /// The same of a name from elsewhere in the request.
    static func database(_ name: String?) throws(WebError) -> String? {
        guard let name else { return nil }
        guard EntryName.isValid(name) else {
            throw WebError(
                .unprocessableContent, "database is not a name that a database can have", hint: EntryName.rule)
        }
        return name
    }

    /// `limit`, 50 where it is left out.
    /// - Throws: 422 where it is not a number from 1 to 500.
    static func limit(_ request: Request) throws(WebError) -> Int {
        guard let text = request.uri.queryParameters.get("limit") else { return 50 }
        guard let limit = number(text), limit <= 500 else {
            throw WebError(.unprocessableContent, "limit must be a number from 1 to 500")
        }
        return Int(limit)
    }

    /// `before` as a number: only what has a smaller one is listed. nil where it is left out.
    /// - Throws: 422 where it is none.
    static func numberBefore(_ request: Request) throws(WebError) -> Int64? {
        guard let text = request.uri.queryParameters.get("before") else { return nil }
        guard let number = number(text) else {
            throw WebError(.unprocessableContent, "before must be the id of the last one listed so far")
        }
        return number
    }

    /// The same as a backup's id.
    static func backupBefore(_ request: Request) throws(WebError) -> BackupID? {
        guard let text = request.uri.queryParameters.get("before") else { return nil }
        guard let id = BackupID(text) else {
            throw WebError(.unprocessableContent, "before must be the id of the last one listed so far")
        }
        return id
    }

    /// `raw`, where `1` and `true`, `0` and `false` are understood; left out, it is not.
    /// - Throws: 422 for everything else.
    static func isRaw(_ request: Request) throws(WebError) -> Bool {
        switch request.uri.queryParameters.get("raw") {
        case nil, "0", "false": return false
        case "1", "true": return true
        default: throw WebError(.unprocessableContent, "raw must be 1 or 0")
        }
    }

    /// `table`, the only one that is wanted of a dump; nil for all of it.
    static func table(_ request: Request) -> String? {
        request.uri.queryParameters.get("table")
    }

    /// A positive number in its only spelling.
    static func number(_ text: String?) -> Int64? {
        guard let text, let number = Int64(text), number >= 1, String(number) == text else { return nil }
        return number
    }
}
