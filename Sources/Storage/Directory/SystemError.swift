import Glibc
import Model

/// A failed system call's errno.
struct SystemError: Error, Sendable, Equatable {
    let number: Int32

    /// Of the call that has just failed.
    static var last: SystemError { SystemError(number: errno) }

    var text: String {
        guard let words = strerror(number) else { return "error \(number)" }
        return String(cString: words)
    }

    /// What people are told about it.
    func failure(_ operation: String, _ key: String, at location: String) -> StoreError {
        StoreError(
            code, operation: operation, key: key, location: location, reason: reason, hint: hint,
            isTransient: isTransient)
    }

    /// A person can make room, or mount the disk again, while the same backup is tried once more.
    private var isTransient: Bool { [EBUSY, ENOSPC, EDQUOT, EROFS, ETIMEDOUT].contains(number) }

    private var code: FailureCode {
        switch number {
        case ENOENT: .missing
        case EEXIST: .exists
        case ECANCELED: .cancelled
        case EBUSY: .busy
        case ETIMEDOUT: .unreachable
        default: .io
        }
    }

    private var reason: String {
        switch number {
        case ENOENT: "there is no such object"
        case EEXIST: "it exists already, and nothing in a store is overwritten"
        case ECANCELED: "the upload has ended already"
        case EBUSY: "another run or process is writing it"
        case ETIMEDOUT: "the disk, or the server that it is on, gives no answer"
        case ELOOP, ENOTDIR, EISDIR: "\(text); symbolic links in a store are not followed"
        default: text
        }
    }

    private var hint: String? {
        switch number {
        case ENOSPC: "free space on the store's disk, or give the store another path"
        case EDQUOT: "the disk quota of the service's user is used up"
        case EACCES, EPERM: "check that the service's user may read and write the store's folder and all below it"
        case EROFS: "the store's disk is mounted read-only; it may have failed: see the kernel's log"
        case EBUSY: "wait until it has ended; one that is killed lets go of it by itself"
        case EIO: "the store's disk may be failing: see the kernel's log"
        case ETIMEDOUT: "see the kernel's log, and whether `ls` of that folder comes back"
        default: nil
        }
    }
}
