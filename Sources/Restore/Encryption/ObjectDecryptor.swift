import Age
import Model

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

    /// - Throws: code `configuration` where it is encrypted, and there is nothing to open it with.
    init(_ object: Manifest.StoredObject, _ opening: DumpOpening?) throws(NightjarError) {
        self.object = object
        guard let head = object.head else {
            state = .plain
            return
        }
        guard let opening else { throw DumpIdentities.missing(object.key) }
        state = .head([], opening, head.size)
    }

    /// - Throws: `NightjarError` with code `difference` where these are not the bytes that were encrypted; what `sink` throws.
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
                throw damaged("no encrypted object has \(object.size) bytes")
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
                throw damaged("\(error)")
            }
        }
    }

    mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        switch state {
        case .plain: break
        case .head: throw damaged("it ends before its first chunk")
        case .chunks(var chunks):
            do {
                try chunks.finish(to: sink)
            } catch let error as AgeError {
                throw damaged("\(error)")
            }
            state = .chunks(chunks)
        }
    }

    private func damaged(_ reason: String) -> NightjarError {
        NightjarError(.difference, "\(object.key) is damaged: \(reason)")
    }
}
