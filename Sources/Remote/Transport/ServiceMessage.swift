/// What a service says went wrong, in whichever of the usual forms.
struct ServiceMessage: Sendable, Equatable {
    var text = ""
    /// The service's own name or number for it.
    var code: String?

    /// The first of a body's errors; nil where it says none.
    ///
    /// Read are `{"error":"…"}` (StarbaseDB, sqld), `{"errors":[{"code":7500,"message":"…"}]}` (Cloudflare),
    /// `{"message":"…","code":"…"}` (Hrana), and plain text.
    /// - Parameter isAnswer: whether the body may be an answer that broke off: its text would be rows then.
    init?(body: [UInt8], isAnswer: Bool = false) {
        var json = JSONScanner(body)
        do {
            try read(&json)
            try json.finish()
        } catch {
            self = isAnswer ? ServiceMessage() : Self.plain(body)
        }
        guard !text.isEmpty || code != nil else { return nil }
    }

    /// Reads `{"message":"…","code":…}`.
    init(_ json: inout JSONScanner) throws(JSONError) {
        try read(&json)
    }

    /// One line for people: `7500: no such table: x`.
    var line: String {
        guard let code else { return text }
        return text.isEmpty ? code : "\(code): \(text)"
    }

    private mutating func read(_ json: inout JSONScanner) throws(JSONError) {
        try json.openObject()
        while let key = try json.nextKey() {
            let kind = try json.kind()
            switch (json.string(key), kind) {
            case ("message", .text), ("error", .text):
                text = try json.string()
            case ("code", .text):
                code = try json.string()
            case ("code", .number):
                let digits = try json.number()
                code = String(decoding: json.bytes[digits], as: UTF8.self)
            case ("error", .object): try read(&json)
            case ("errors", .array): try readFirst(&json)
            default: try json.skip()
            }
        }
    }

    private mutating func readFirst(_ json: inout JSONScanner) throws(JSONError) {
        try json.openArray()
        var isFirst = true
        while try json.nextElement() {
            let kind = try json.kind()
            if isFirst && kind == .object { try read(&json) } else { try json.skip() }
            isFirst = false
        }
    }

    /// Pages of HTML tell a person nothing; of them only the number that Cloudflare gives for its own errors is of use.
    private static func plain(_ body: [UInt8]) -> ServiceMessage {
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        var message = ServiceMessage()
        if !text.contains("<") {
            // Whoever shows it takes the token out first, and cuts it then.
            message.text = text
        } else if text.contains("Error 1102") || text.contains("error code: 1102") {
            message.text = "error code: 1102 (the worker used too much time or memory)"
        }
        return message
    }

    private init() {}
}
