import Crypto
import Model

/// Compares stored bytes, as a range of them is read in order, with those of the manifest's parts that lie wholly within
/// the range. Of a part that the range cuts there is nothing to compare.
struct RangeChecker {
    private let parts: [Manifest.StoredPart]
    private let rangeEnd: Int64
    /// Of the bytes that come next, in the object.
    private var position: Int64
    /// Of the part that comes next, or has begun; behind the last one when they have all passed.
    private var index = 0
    private var partStart: Int64 = 0
    private var hash = SHA256()

    /// - Parameter range: In the object.
    init(_ object: Manifest.StoredObject, _ range: Range<Int64>) {
        parts = object.parts
        rangeEnd = range.upperBound
        position = range.lowerBound
        while index < parts.count, partStart < position || parts[index].size <= 0 { pass() }
    }

    /// Where the next piece has to end at the latest: no piece may hold bytes of two parts.
    var border: Int64 { position < partStart ? min(partStart, rangeEnd) : partEnd ?? rangeEnd }

    /// Takes the next piece in, before anybody else gets it.
    /// - Returns: What is wrong with the part that it ends; nil where nothing is, or it ends none.
    mutating func take(_ piece: ArraySlice<UInt8>) -> String? {
        let start = position
        position += Int64(piece.count)
        guard start >= partStart, let end = partEnd else { return nil }
        piece.withUnsafeBytes { hash.update(bufferPointer: $0) }
        guard position >= end else { return nil }
        let complaint = PartChecker.complaint(about: parts[index], hash)
        hash = SHA256()
        repeat { pass() } while index < parts.count && parts[index].size <= 0
        return complaint
    }

    /// Where the part ends; nil where that is not within the range.
    private var partEnd: Int64? {
        guard index < parts.count else { return nil }
        let end = partStart + parts[index].size
        return end <= rangeEnd ? end : nil
    }

    private mutating func pass() {
        partStart += max(0, parts[index].size)
        index += 1
    }
}
