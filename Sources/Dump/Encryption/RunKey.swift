import Age
import Crypto
import FoundationEssentials
import Glibc
import Model
import Pipeline

/// The secret of one run, from which the file key of each of its objects comes: so the run can open what it has written,
/// whoever the recipients are.
///
/// It lies in the run's folder, readable for its owner alone, for as long as the run lasts.
package struct RunKey: Sendable {
    private static let fileName = "key"
    private static let size = 32

    private let secret: SymmetricKey

    init() { secret = SymmetricKey(size: .bits256) }

    private init(bytes: [UInt8]) { secret = SymmetricKey(data: bytes) }

    /// The file key of one object; those of others tell nothing of it.
    package func fileKey(of object: String) -> AgeFileKey {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Array("nightjar object \(object)".utf8), outputByteCount: AgeFileKey.size)
        guard let fileKey = key.withUnsafeBytes({ AgeFileKey(bytes: Array($0)) }) else {
            preconditionFailure("HKDF gave another number of bytes than was asked for")
        }
        return fileKey
    }

    // MARK: The run's folder

    /// - Returns: nil where there is none that can be read.
    package init?(in folder: String) {
        let file = open("\(folder)/\(Self.fileName)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 2 * Self.size + 1)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        guard count == 2 * Self.size, let secret = Hex.decode(String(decoding: bytes[..<count], as: UTF8.self)) else {
            return nil
        }
        self.init(bytes: secret)
    }

    /// A new one, kept in the folder in the place of whatever was there.
    /// - Throws: `NightjarError`, code `io`.
    static func make(in folder: String) throws(NightjarError) -> RunKey {
        let key = RunKey()
        let path = "\(folder)/\(fileName)"
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw RunFolderFailure.explain("create", path) }
        defer { close(file) }
        let text = Array(Hex.encode(key.secret.withUnsafeBytes { Array($0) }).utf8)
        guard text.withUnsafeBytes({ WholeWrite.write($0, to: file) }), fsync(file) == 0 else {
            throw RunFolderFailure.explain("write", path)
        }
        return key
    }
}
