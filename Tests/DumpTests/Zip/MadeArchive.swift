import Foundation
import Glibc
import Model
import TestSupport
import Zlib

@testable import Restore

/// An archive and what its entries hold.
struct MadeArchive: Sendable {
    struct Content: Sendable {
        let name: String
        let text: [UInt8]

        init(_ name: String, _ text: [UInt8]) {
            self.name = name
            self.text = text
        }

        init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
    }

    /// Odd seconds: MS-DOS has none.
    static let modified = Timestamp(seconds: 1_773_541_801)

    let archive: ZipArchive
    let contents: [Content]

    init(_ contents: [Content], modified: Timestamp = MadeArchive.modified) throws {
        self.contents = contents
        archive = try ZipArchive(
            contents.map { content in
                .init(
                    name: content.name, size: Int64(content.text.count),
                    crc32: content.text.withUnsafeBytes { CRC32.update(0, $0) })
            }, modified: modified)
    }

    var whole: [UInt8] { bytes(0..<archive.size) }

    /// What the segments of a range lead to.
    func bytes(_ range: Range<Int64>) -> [UInt8] {
        archive.segments(range).reduce(into: []) { bytes, segment in
            switch segment {
            case .bytes(let headers): bytes += headers
            case .entry(let index, let part):
                bytes += contents[index].text[Int(part.lowerBound)..<Int(part.upperBound)]
            }
        }
    }

    func write(to path: String) throws {
        try Data(whole).write(to: URL(fileURLWithPath: path))
    }

    /// Contents of few and of many bytes, of none, and some thousand digits.
    static func contents(count: Int, seed: UInt64) -> [Content] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let size = index % 3 == 0 ? 0 : Int.random(in: 1...(index % 7 == 0 ? 5000 : 60), using: &generator)
            return Content("table \(index).csv", (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }
}

extension ZipArchive {
    /// Writes an archive whose entries are all zeros, which takes no room on the disk.
    func writeSparse(to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(file) }
        guard ftruncate(file, Int(size)) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        var position: Int64 = 0
        for segment in segments(0..<size) {
            switch segment {
            case .bytes(let bytes):
                guard pwrite(file, bytes, bytes.count, Int(position)) == bytes.count else {
                    throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
                }
                position += Int64(bytes.count)
            case .entry(_, let part):
                position += part.upperBound - part.lowerBound
            }
        }
    }
}
