import Age
import Model

/// That stored bytes of an encrypted object are not those that were written. Whoever reads them knows of which object.
struct DamagedBytes: Error {
    let reason: String
}

/// Decrypts an object whose bytes come from the first to the last; those of one that is not encrypted it gives as they are.
struct ObjectDecryptor {
    private enum State {
        case plain
        /// What stands before the chunks is not all there.
        case head([UInt8], DumpOpening, Int)
        case chunks(AgeRange)
    }

    private let object: Manifest.StoredObject
    private var state: State

    /// - Throws: code `encrypted` where it is encrypted, and there is nothing to open it with.
    init(_ object: Manifest.StoredObject, _ opening: DumpOpening?) throws(NightjarError) {
        self.object = object
        guard let head = object.head else {
            state = .plain
            return
        }
        guard let opening else { throw DumpIdentities.missing(object.key) }
        state = .head([], opening, head.size)
    }

    /// - Throws: `DamagedBytes`; `NightjarError` code `encrypted` where nothing here opens it; what `sink` throws.
    mutating func append(
        _ stored: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = stored
        if case .head(let begun, let opening, let size) = state {
            let missing = rest.prefix(size - begun.count)
            let head = begun + missing
            state = .head(head, opening, size)
            guard head.count == size else { return }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(missing.count))
            guard let plainSize = object.plainSize else {
                throw DamagedBytes(reason: "no encrypted object has \(object.size) bytes")
            }
            let payload = try opening.payload(of: object, head: head)
            state = .chunks(AgeRange(0..<plainSize, of: payload, size: plainSize))
        }
        switch state {
        case .plain: try sink(rest)
        case .head: break
        case .chunks(var chunks):
            // In one place alone, or its bytes would be copied.
            state = .plain
            defer { state = .chunks(chunks) }
            do {
                try chunks.append(rest, to: sink)
            } catch let error as AgeError {
                throw DamagedBytes(reason: "\(error)")
            }
        }
    }

    /// - Throws: `DamagedBytes`, also where bytes are missing; what `sink` throws.
    mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        switch state {
        case .plain: break
        case .head: throw DamagedBytes(reason: "it ends before its first chunk")
        case .chunks(var chunks):
            do {
                try chunks.finish(to: sink)
            } catch let error as AgeError {
                throw DamagedBytes(reason: "\(error)")
            }
            state = .chunks(chunks)
        }
    }
}
