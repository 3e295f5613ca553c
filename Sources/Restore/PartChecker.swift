import Crypto
import Model

/// Compares an object's bytes, as they pass, with the parts that the manifest names.
struct PartChecker {
    /// Of parts that differ no more are told one by one.
    private static let partsShown = 100

    private let object: Manifest.StoredObject
    private var index = 0
    private var bytesInPart: Int64 = 0
    private var hash = SHA256()
    private var different: [VerificationReport.PartResult] = []
    private(set) var differences: [VerificationReport.Difference] = []
    private(set) var bytes: Int64 = 0

    init(_ object: Manifest.StoredObject) {
        self.object = object
    }

    /// What has been found so far.
    var result: VerificationReport.ObjectResult {
        VerificationReport.ObjectResult(
            key: object.key, sizeExpected: object.size, sizeFound: bytes, parts: object.parts.count,
            partsChecked: index, partsDifferent: different)
    }

    mutating func append(_ stored: UnsafeRawBufferPointer) {
        var rest = stored[...]
        bytes += Int64(stored.count)
        while !rest.isEmpty && index < object.parts.count {
            let left = object.parts[index].size - bytesInPart
            let piece = rest.prefix(Int(min(left, Int64(rest.count))))
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece))
            bytesInPart += Int64(piece.count)
            rest = rest.dropFirst(piece.count)
            if bytesInPart == object.parts[index].size { endPart() }
        }
    }

    private mutating func endPart() {
        let part = object.parts[index]
        let found = Hex.encode(hash.finalize())
        if found != part.sha256 {
            differences.append(.init(object: object.key, part: part.number, Self.complaint(about: part)))
            if different.count < Self.partsShown {
                let offset = object.parts[..<index].reduce(0) { $0 + $1.size }
                different.append(
                    .init(
                        number: part.number, offset: offset, size: part.size, sha256Expected: part.sha256,
                        sha256Found: found))
            }
        }
        hash = SHA256()
        bytesInPart = 0
        index += 1
    }

    /// What is wrong with a part whose bytes have been hashed; nil where they are those that were written.
    static func complaint(about part: Manifest.StoredPart, _ hash: SHA256) -> String? {
        Hex.encode(hash.finalize()) == part.sha256 ? nil : complaint(about: part)
    }

    private static func complaint(about part: Manifest.StoredPart) -> String {
        "the bytes are not those that were written: SHA-256 of part \(part.number) differs"
    }

    /// Call after the last byte.
    mutating func finish() {
        // An object of no bytes has one part of none.
        if object.size == 0 && index == 0 && object.parts.count == 1 { endPart() }
        if index < object.parts.count {
            let part = object.parts[index]
            differences.append(
                .init(
                    object: object.key, part: part.number,
                    "the object ends in part \(part.number): it has \(bytes) bytes instead of \(object.size)"))
        } else if bytes > object.size {
            differences.append(
                .init(
                    object: object.key, part: object.parts.last?.number,
                    "the object goes on after its last part: it has \(bytes) bytes instead of \(object.size)"))
        }
    }
}
