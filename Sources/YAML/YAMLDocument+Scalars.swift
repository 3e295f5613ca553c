extension YAMLDocument {
    /// Where the scalars of a document end and begin, by their marks: in Unicode scalars from its beginning, a byte order mark
    /// aside. Of a document that is not YAML, those before the mistake.
    package static func scalarRanges(_ bytes: [UInt8]) -> [YAMLMark: Range<Int>] {
        let parser = EventParser(bytes)
        var ranges: [YAMLMark: Range<Int>] = [:]
        while let event = try? parser.next(), event.kind != .streamEnd {
            if case .scalar = event.kind { ranges[event.mark] = event.range }
        }
        return ranges
    }
}
