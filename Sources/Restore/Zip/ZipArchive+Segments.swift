extension ZipArchive {
    /// What stands in a stretch of an archive; never empty.
    package enum Segment: Sendable, Equatable {
        /// Headers, and records of the directory.
        case bytes([UInt8])
        /// A range of the entry with this index.
        case entry(Int, Range<Int64>)
    }

    /// What stands in `range`, in order.
    /// - Parameter range: Within `size`.
    package func segments(_ range: Range<Int64>) -> Segments { Segments(self, range) }

    /// Segments that are made one after the other.
    ///
    /// An archive is a row of stretches: of each entry its header and its bytes, then the directory's records, and the
    /// end.
    package struct Segments: Sequence, IteratorProtocol, Sendable {
        /// Bytes of headers or records together: what is given out one by one would be tiny.
        private static let gathered = 32 << 10

        private let archive: ZipArchive
        private var position: Int64
        private let end: Int64
        /// The stretch at `position`.
        private var stretch: Int

        init(_ archive: ZipArchive, _ range: Range<Int64>) {
            self.archive = archive
            position = Swift.max(0, range.lowerBound)
            end = Swift.min(archive.size, range.upperBound)
            stretch = archive.stretch(at: position)
        }

        package mutating func next() -> Segment? {
            var bytes: [UInt8] = []
            while position < end, bytes.count < Self.gathered {
                let start = archive.start(ofStretch: stretch)
                let stretchEnd = Swift.min(archive.start(ofStretch: stretch + 1), end)
                let part = position - start..<stretchEnd - start
                if archive.holdsEntry(stretch), !part.isEmpty {
                    guard bytes.isEmpty else { break }
                    advance(to: stretchEnd)
                    return .entry((stretch - 1) / 2, part)
                }
                if !part.isEmpty {
                    bytes += archive.bytes(ofStretch: stretch)[Int(part.lowerBound)..<Int(part.upperBound)]
                }
                advance(to: stretchEnd)
            }
            return bytes.isEmpty ? nil : .bytes(bytes)
        }

        private mutating func advance(to position: Int64) {
            self.position = position
            stretch += 1
        }
    }

    // MARK: Stretches

    /// All of them, the last one included.
    private var stretches: Int { 3 * entries.count + 1 }

    private func holdsEntry(_ stretch: Int) -> Bool { stretch < 2 * entries.count && stretch % 2 == 1 }

    /// Where a stretch begins in the archive; where the archive ends for the one behind the last.
    private func start(ofStretch stretch: Int) -> Int64 {
        let count = entries.count
        if stretch < 2 * count {
            let index = stretch / 2
            return headers[index] + (stretch % 2 == 1 ? records.localSize(entries[index]) : 0)
        }
        if stretch < 3 * count { return directory.lowerBound + directoryRecords[stretch - 2 * count] }
        return stretch == 3 * count ? directory.upperBound : size
    }

    /// The last stretch that begins at `position` or before it.
    private func stretch(at position: Int64) -> Int {
        var first = 0
        var last = stretches
        while last - first > 1 {
            let middle = first + (last - first) / 2
            if start(ofStretch: middle) <= position { first = middle } else { last = middle }
        }
        return first
    }

    /// A header, a record of the directory, or the end.
    private func bytes(ofStretch stretch: Int) -> [UInt8] {
        let count = entries.count
        if stretch < 2 * count { return records.local(entries[stretch / 2], at: headers[stretch / 2]) }
        if stretch < 3 * count {
            let index = stretch - 2 * count
            return records.directory(entries[index], at: headers[index])
        }
        return ZipRecords.end(count: count, directory: directory)
    }
}
