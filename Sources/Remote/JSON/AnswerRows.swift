/// Gathers the columns and the rows of an answer, in whichever order they stand there.
struct AnswerRows {
    /// How the values of a row are written.
    enum Form: Sendable {
        /// `1`, `"text"`, `null` (StarbaseDB, D1).
        case plain
        /// `{"type":"integer","value":"1"}` (Hrana).
        case typed
    }

    /// Where each takes 24 bytes: so many are 48 MiB.
    static let mostCells = 2 << 20

    private let form: Form
    private var columnCount: Int?
    private var width: Int?
    private var hasRows = false
    private var cells: [RemoteAnswer.Cell] = []

    init(_ form: Form) {
        self.form = form
    }

    /// Reads an array with one element for each column.
    private mutating func readColumns(_ json: inout JSONScanner) throws {
        guard columnCount == nil else { throw json.expected("columns once") }
        var count = 0
        try json.openArray()
        while try json.nextElement() {
            try json.skip()
            count += 1
        }
        columnCount = count
    }

    /// Reads an array of rows.
    /// - Throws: `JSONError`; `RemoteError` with kind `tooLarge` for more than `mostCells`.
    private mutating func readRows(_ json: inout JSONScanner) throws {
        guard !hasRows else { throw json.expected("rows once") }
        hasRows = true
        try json.openArray()
        while try json.nextElement() {
            let start = cells.count
            try json.openArray()
            while try json.nextElement() {
                switch form {
                case .plain: cells.append(try Self.plain(&json))
                case .typed: cells.append(try Self.typed(&json))
                }
            }
            let count = cells.count - start
            guard count == width ?? count else { throw json.expected("a row as long as the others") }
            width = count
            guard cells.count <= Self.mostCells else {
                throw RemoteError(.tooLarge, "the answer holds more than \(Self.mostCells) values")
            }
        }
    }

    /// Reads an object with columns and rows.
    mutating func readTable(_ json: inout JSONScanner) throws {
        try json.openObject()
        while let key = try json.nextKey() {
            if json.text(key, is: "rows") {
                try readRows(&json)
            } else if json.text(key, is: "columns") || json.text(key, is: "cols") {
                try readColumns(&json)
            } else {
                try json.skip()
            }
        }
    }

    /// The answer, once its whole body was read.
    /// - Throws: `JSONError` where rows and columns do not belong together.
    func answer(_ json: JSONScanner) throws(JSONError) -> RemoteAnswer {
        guard let columnCount, hasRows, (width ?? columnCount) == columnCount else {
            throw json.expected("columns, and rows as long as they are")
        }
        return RemoteAnswer(body: json.bytes, columnCount: columnCount, cells: cells)
    }

    private static func plain(_ json: inout JSONScanner) throws(JSONError) -> RemoteAnswer.Cell {
        switch try json.kind() {
        case .null:
            try json.null()
            return .null
        case .number:
            return .number(try json.number())
        case .text:
            let text = try json.text()
            return .text(text.range, isPlain: text.isPlain)
        case .boolean, .array, .object:
            throw json.expected("a number, a text or null")
        }
    }

    /// A text stays one; the text of an integer becomes a number.
    private static func typed(_ json: inout JSONScanner) throws(JSONError) -> RemoteAnswer.Cell {
        var type: JSONScanner.Text?
        var value = RemoteAnswer.Cell.null
        var hasValue = false
        try json.openObject()
        while let key = try json.nextKey() {
            if json.text(key, is: "type") {
                guard type == nil else { throw json.expected("a type once") }
                type = try json.text()
            } else if json.text(key, is: "value") {
                guard !hasValue else { throw json.expected("a value once") }
                hasValue = true
                value = try plain(&json)
            } else {
                try json.skip()
            }
        }
        guard let type else { throw json.expected("a value with a type") }
        switch value {
        case .text(let range, _):
            if json.text(type, is: "text") { return value }
            if json.text(type, is: "integer"), isInteger(json.bytes[range]) { return .number(range) }
        case .number:
            if json.text(type, is: "float") { return value }
        case .null:
            // That of type float was an infinity, which is asked for as text: it is no NULL.
            if json.text(type, is: "null") { return .null }
        }
        // Values of type blob are among them: nothing that is asked for has one.
        throw json.expected("a text, a number or null")
    }

    /// Whether it is one of SQLite's: of 64 bits.
    private static func isInteger(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.first != UInt8(ascii: "+") && Int64(String(decoding: digits, as: UTF8.self)) != nil
    }
}
