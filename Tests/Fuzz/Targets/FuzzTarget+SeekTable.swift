import Dump

extension FuzzTarget {
    /// A seek table is none, or says of every frame where it lies, without gaps, and is written as it was read.
    static let seekTable = FuzzTarget(name: "seek-table") { bytes in
        let size = SeekTable.size(fromFooter: bytes.suffix(SeekTable.footerSize).map { $0 })
        guard let table = SeekTable(bytes) else { return }
        try require(size == Int64(bytes.count), "the footer says \(size ?? -1) of \(bytes.count) bytes")
        try require(SeekTable.isSkippable(bytes), "a zstd would not pass it over")
        try require(table.encodedSize == bytes.count, "it would take \(table.encodedSize) of \(bytes.count) bytes")
        // Four bits of a skippable frame's magic number are free.
        try require(table.encoded == bytes, "it is written in other bytes than it was read from")
        var end: Int64 = 0
        var dumpEnd: Int64 = 0
        for (index, frame) in table.frames.enumerated() {
            try require(
                frame.offset == end && frame.dumpOffset == dumpEnd, "frame \(index) does not follow the one before")
            let sizes = table.sizes(at: index)
            try require(
                sizes.compressed == frame.size && sizes.decompressed == frame.dumpSize, "frame \(index) has two sizes")
            (end, dumpEnd) = (frame.offset + frame.size, frame.dumpOffset + frame.dumpSize)
        }
        var half = table
        half.keepFirst(table.count / 2)
        try require(
            half.count == table.count / 2 && half.firstDifference(from: table) == nil, "its first half is another one")
    }
}
