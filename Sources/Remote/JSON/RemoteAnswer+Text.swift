extension RemoteAnswer {
    /// The bytes of a text, with its escapes read; nil for what is no text.
    package func text(_ row: Int, _ column: Int) -> [UInt8]? {
        guard case .text(let range, let isPlain) = cell(row, column) else { return nil }
        return isPlain ? Array(body[range]) : JSONText.unescaped(body[range])
    }
}
