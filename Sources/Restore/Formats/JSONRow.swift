/// The rows of one table in JSON: objects whose keys are the columns, in their order.
struct JSONRow {
    private static let quote = UInt8(ascii: "\"")

    private let columns: [[UInt8]]
    /// What stands in front of each value, one behind the other, as it is nearly always written: `{"id":`, `,"name":`.
    private let leads: [UInt8]
    /// Where each of them ends. Empty where the name needs escapes: it is compared without them then.
    private let leadEnds: [Int]

    init(columns: [[UInt8]]) {
        var leads: [UInt8] = []
        self.columns = columns
        leadEnds = columns.enumerated().map { index, name in
            if !name.contains(where: { $0 < 0x20 || $0 == Self.quote || $0 == UInt8(ascii: "\\") }) {
                leads += [UInt8(ascii: index == 0 ? "{" : ","), Self.quote] + name + [Self.quote, UInt8(ascii: ":")]
            }
            return leads.count
        }
        self.leads = leads
    }

    var width: Int { columns.count }

    /// Reads a row into the first values; blanks may stand between its tokens, but no LF.
    @inline(__always)
    func read(_ json: inout JSONTokens, into values: UnsafeMutableBufferPointer<DumpValue>) throws {
        try leads.withUnsafeBytes { leads in
            var lead = 0
            for column in 0..<columns.count {
                let end = leadEnds[column]
                if lead == end || !json.take(UnsafeRawBufferPointer(rebasing: leads[lead..<end])) {
                    try readKey(&json, column)
                }
                lead = end
                values[column] = try Self.value(&json)
            }
        }
        if columns.isEmpty { try json.expect(UInt8(ascii: "{"), "a row") }
        json.skipBlanks()
        try json.expect(UInt8(ascii: "}"), "the end of a row")
    }

    @inline(never)
    private func readKey(_ json: inout JSONTokens, _ column: Int) throws(RowTextError) {
        json.skipBlanks()
        if column == 0 {
            try json.expect(UInt8(ascii: "{"), "a row")
        } else {
            try json.expect(UInt8(ascii: ","), "a comma and the row's next key")
        }
        json.skipBlanks()
        let start = json.position
        let key = json.bytes.part(try json.string("a key"))
        guard key.elementsEqual(columns[column]) else {
            let reason =
                "a row has the key \(RowTextError.excerpt(key)) for \(RowTextError.excerpt(columns[column]))"
            throw RowTextError(reason: reason, offset: start)
        }
        json.skipBlanks()
        try json.expect(UInt8(ascii: ":"), "a colon")
    }

    // MARK: Values

    @inline(__always)
    private static func value(_ json: inout JSONTokens) throws(RowTextError) -> DumpValue {
        json.skipBlanks()
        switch json.next ?? 0 {
        case quote: return .text(json.bytes.part(try json.string("a string")))
        case UInt8(ascii: "{"): return try tagged(&json)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try json.number()
        default:
            try json.expectNull()
            return .null
        }
    }

    /// What JSON cannot say: an object of one key.
    @inline(never)
    private static func tagged(_ json: inout JSONTokens) throws(RowTextError) -> DumpValue {
        let start = json.position
        try json.expect(UInt8(ascii: "{"), "a tag")
        json.skipBlanks()
        let tag = try json.string("a tag")
        json.skipBlanks()
        try json.expect(UInt8(ascii: ":"), "a colon")
        json.skipBlanks()
        let text = try json.string("a string")
        json.skipBlanks()
        try json.expect(UInt8(ascii: "}"), "the end of a tagged value")

        let bytes = json.bytes
        if bytes.part(tag, is: "$blob") {
            if let blob = Base64Text.decode(bytes, text) { return .blob(blob) }
        } else if bytes.part(tag, is: "$text") {
            if let stored = Base64Text.decode(bytes, text) { return .storedText(stored) }
        } else if bytes.part(tag, is: "$real") {
            if bytes.part(text, is: "Infinity") { return .real(.infinity) }
            if bytes.part(text, is: "-Infinity") { return .real(-.infinity) }
        } else {
            let reason = "a value has the key \(RowTextError.excerpt(bytes.part(tag))), which is no tag"
            throw RowTextError(reason: reason, offset: start)
        }
        let reason = "what is tagged \(RowTextError.excerpt(bytes.part(tag))) is not written as it has to be"
        throw RowTextError(reason: reason, offset: start)
    }
}
