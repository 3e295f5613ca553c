/// An answer to Hrana's `POST /v2/pipeline`.
///
/// See https://github.com/tursodatabase/libsql/blob/main/docs/HTTP_V2_SPEC.md.
struct HranaAnswer {
    enum Result {
        case rows(RemoteAnswer)
        /// A stream that was closed, for one.
        case done
        case failed(ServiceMessage)
    }

    /// What the next request of the stream has to show; nil where the stream is closed.
    private(set) var baton: String?
    /// Where the stream is from now on; nil where that does not change.
    private(set) var baseURL: String?
    /// One for each request, in the same order.
    private(set) var results: [Result] = []

    /// - Parameter count: how many requests there were.
    /// - Throws: `JSONError`; `RemoteError` with kind `tooLarge`.
    init(_ body: [UInt8], results count: Int) throws {
        var json = JSONScanner(body)
        var hasResults = false
        try json.openObject()
        while let key = try json.nextKey() {
            let kind = try json.kind()
            switch (json.string(key), kind) {
            case ("baton", .text):
                baton = try json.string()
            case ("base_url", .text):
                baseURL = try json.string()
            case ("results", .array):
                guard !hasResults else { throw json.expected("results once") }
                hasResults = true
                try json.openArray()
                while try json.nextElement() { results.append(try Self.result(&json)) }
            default:
                try json.skip()
            }
        }
        try json.finish()
        guard results.count == count else { throw json.expected("a result for each request") }
    }

    private static func result(_ json: inout JSONScanner) throws -> Result {
        var type: String?
        var rows: RemoteAnswer?
        var message: ServiceMessage?
        try json.openObject()
        while let key = try json.nextKey() {
            let kind = try json.kind()
            switch (json.string(key), kind) {
            case ("type", .text): type = try json.string()
            case ("response", .object):
                guard rows == nil else { throw json.expected("a response once") }
                rows = try response(&json)
            case ("error", .object): message = try ServiceMessage(&json)
            default: try json.skip()
            }
        }
        switch (type, message) {
        case ("error"?, let message?): return .failed(message)
        case ("ok"?, nil):
            if let rows { return .rows(rows) }
            return .done
        default: throw json.expected("a result that is ok, or an error")
        }
    }

    /// `{"type":"execute","result":{"cols":[],"rows":[[]],…}}`
    private static func response(_ json: inout JSONScanner) throws -> RemoteAnswer? {
        var answer: RemoteAnswer?
        try json.openObject()
        while let key = try json.nextKey() {
            let kind = try json.kind()
            if json.text(key, is: "result") && kind == .object {
                guard answer == nil else { throw json.expected("a result once") }
                var rows = AnswerRows(.typed)
                try rows.readTable(&json)
                answer = try rows.answer(json)
            } else {
                try json.skip()
            }
        }
        return answer
    }
}
