import CLibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A NULL-terminated array of C strings, freed with this object.
final class CStrings {
    private var storage: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) {
        storage = strings.map { strdup($0) } + [nil]
    }

    deinit {
        for pointer in storage { free(pointer) }
    }

    var pointers: [UnsafePointer<CChar>?] { storage.map { $0.map { UnsafePointer($0) } } }
}
