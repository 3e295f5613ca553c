import Crypto
import FoundationEssentials
import Model

/// The names of uploads' temporary files. They follow from the objects' names, so that a later process finds them.
enum UploadFile {
    private static let namePrefix = ".nightjar-upload-"
    /// For objects whose names leave no room: their hash stands in their place, and cannot be told back.
    private static let hashPrefix = ".nightjar-upload."
    private static let nameSuffix = ".tmp"

    /// The name of the file that an upload of `object` goes to, both in the same folder.
    static func name(of object: String) -> String {
        let name = namePrefix + object + nameSuffix
        guard name.utf8.count > ObjectKey.longestComponent else { return name }
        return hashPrefix + Hex.encode(SHA256.hash(data: Array(object.utf8))) + nameSuffix
    }

    /// Whether a file of that name belongs to an upload.
    static func isOne(_ name: String) -> Bool {
        (ObjectKey.begins(name, with: namePrefix) || ObjectKey.begins(name, with: hashPrefix))
            && ObjectKey.ends(name, with: nameSuffix)
    }

    /// The object that a file of that name will be, or nil where the name does not say.
    static func object(of name: String) -> String? {
        let frame = namePrefix.utf8.count + nameSuffix.utf8.count
        guard ObjectKey.begins(name, with: namePrefix), ObjectKey.ends(name, with: nameSuffix), name.utf8.count > frame
        else { return nil }
        let inner = name.utf8.dropFirst(namePrefix.utf8.count).dropLast(nameSuffix.utf8.count)
        return String(decoding: inner, as: UTF8.self)
    }
}
