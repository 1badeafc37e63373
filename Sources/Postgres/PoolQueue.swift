import OrderedCollections

/// Who gets which connection, and who waits: a state machine without threads, clocks or connections.
///
/// First come, first served. The number of members and of waiters is bounded, and a waiter has a deadline.
struct PoolQueue<Member, Instant: Comparable> {
    typealias Waiter = Int

    enum Answer {
        /// An idle member, the one used last: its caches are warm.
        case take(Member)
        /// No member is idle and another may be made.
        case make
        case wait(Waiter)
        /// As many wait as may.
        case full
        case closed
    }

    enum Handover {
        case give(Member, to: Waiter)
        case keep
        /// The queue is closed: the member isn't needed any more.
        case close(Member)
    }

    let limit: Int
    let waiterLimit: Int
    private(set) var memberCount = 0
    private(set) var idle: [Member] = []
    private(set) var waiters: OrderedDictionary<Waiter, Instant> = [:]
    private(set) var isClosed = false
    private var nextWaiter = 0

    init(limit: Int, waiterLimit: Int) {
        precondition(limit > 0 && waiterLimit >= 0)
        self.limit = limit
        self.waiterLimit = waiterLimit
    }

    mutating func ask(waitingUntil deadline: Instant) -> Answer {
        if isClosed { return .closed }
        if let member = idle.popLast() { return .take(member) }
        if memberCount < limit {
            memberCount += 1
            return .make
        }
        guard waiters.count < waiterLimit else { return .full }
        nextWaiter += 1
        waiters[nextWaiter] = deadline
        return .wait(nextWaiter)
    }

    mutating func giveBack(_ member: Member) -> Handover {
        if isClosed { return .close(member) }
        if let first = waiters.keys.first {
            waiters.removeFirst()
            return .give(member, to: first)
        }
        idle.append(member)
        return .keep
    }

    /// The waiter gave up. False when it has been served meanwhile.
    mutating func giveUp(_ waiter: Waiter) -> Bool {
        waiters.removeValue(forKey: waiter) != nil
    }

    /// Takes out the waiters whose time is over.
    mutating func expire(now: Instant) -> [Waiter] {
        let expired = waiters.filter { $0.value <= now }.map(\.key)
        for waiter in expired { waiters.removeValue(forKey: waiter) }
        return expired
    }

    /// Closes: nobody is served any more. Returns who waited in vain and what lay idle.
    mutating func close() -> (waiters: [Waiter], idle: [Member]) {
        isClosed = true
        defer {
            waiters = [:]
            idle = []
        }
        return (Array(waiters.keys), idle)
    }
}
