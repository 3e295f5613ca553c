import Dump
import Model
import Storage

/// Finds which bytes of an object hold a range of the dump.
struct FrameFinder {
    let dump: OpenedDump

    private var manifest: Manifest { dump.manifest }

    /// The pieces to fetch for `ranges`, in order; neighbouring frames are one piece.
    /// - Parameter content: What those ranges hold.
    func sources(
        of ranges: [Manifest.ByteRange], in object: Manifest.StoredObject, content: DumpSource.Content
    ) async throws -> [DumpSource] {
        let ranges = ranges.filter { $0.length > 0 }.sorted { $0.offset < $1.offset }
        switch manifest.options.compression {
        case "zstd":
            let table = try await DumpObject(dump, object).seekTable(
                hint: "Restore the whole backup (without --table), or take an older one: nightjar list")
            return pieces(table.frames, ranges, object, content)
        case "none":
            return ranges.map { range in
                DumpSource(
                    object: object, range: range.offset..<range.end, wanted: [range], startOffset: range.offset,
                    content: content)
            }
        default:
            // gzip has no seek table: the whole is fetched, and what is not wanted is passed over.
            return [DumpSource(object: object, range: nil, wanted: ranges, startOffset: 0, content: content)]
        }
    }

    private func pieces(
        _ frames: [SeekTable.Frame], _ ranges: [Manifest.ByteRange], _ object: Manifest.StoredObject,
        _ content: DumpSource.Content
    ) -> [DumpSource] {
        var pieces: [DumpSource] = []
        var run: (start: SeekTable.Frame, end: Int64)?
        func close() {
            guard let run else { return }
            pieces.append(
                DumpSource(
                    object: object, range: run.start.offset..<run.end, wanted: ranges,
                    startOffset: run.start.dumpOffset, content: content))
        }
        for frame in frames {
            let dumpEnd = frame.dumpOffset + frame.dumpSize
            let isWanted = ranges.contains { $0.offset < dumpEnd && $0.end > frame.dumpOffset }
            if isWanted, let current = run, current.end == frame.offset {
                run = (current.start, frame.offset + frame.size)
            } else if isWanted {
                close()
                run = (frame, frame.offset + frame.size)
            }
        }
        close()
        return pieces
    }
}
