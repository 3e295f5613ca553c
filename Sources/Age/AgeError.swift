/// Why a file in the age format cannot be opened, or a key cannot be read. No case holds a secret.
package enum AgeError: Error, Equatable, CustomStringConvertible {
    /// The bytes do not begin with a sound header of version 1.
    case header(String)
    /// None of the identities is of a recipient that the file was encrypted for.
    case noMatch
    /// An identity fits, and the header is not what it was when the file was written.
    case headerAuthentication
    /// The encrypted bytes are damaged, cut off, or not in their order.
    case payload(String)
    /// The armor around a file is not sound.
    case armor(String)
    /// A recipient or an identity is not one.
    case key(String)

    package var description: String {
        switch self {
        case .header(let reason): "not a sound age header: \(reason)"
        case .noMatch: "encrypted for other recipients: none of the identities fits"
        case .headerAuthentication: "the age header was changed after it had been written"
        case .payload(let reason): "the encrypted bytes are not sound: \(reason)"
        case .armor(let reason): "the age armor is not sound: \(reason)"
        case .key(let reason): reason
        }
    }
}
