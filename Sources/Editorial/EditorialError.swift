public import Access
internal import Postgres
public import Values

/// What Editorial refuses, with the facts that say why. Words for people are made at the edge.
public enum EditorialError: Error, Equatable, Sendable {
    case articleUnknown(String)
    case revisionUnknown(ID<Article>, number: Int)
    case sectionUnknown(Slug)
    case contributorUnknown(Slug)
    case sectionExists(Slug)
    case contributorExists(Slug)

    /// A field of the text can't be stored; `field` as a person would call it.
    case contentRefused(field: String, reason: String)
    /// There is a text already: which revision the change was made to has to be said.
    case baseRequired(ID<Article>, current: Int)
    /// Somebody saved in between; nothing was written.
    case changedMeanwhile(Conflict)

    /// The article's state doesn't allow this; `needs` are the states that do.
    case wrongState(ID<Article>, Article.Status, needs: [Article.Status])
    /// There is no text yet.
    case nothingSaved(ID<Article>)
    /// An import that was never given a section or a kind: the rules apply from the first edit on.
    case notPlaced(ID<Article>)

    case ownApproval(ID<Article>, revision: Int)
    case notTheAuthor(ID<Article>, revision: Int)
    /// The approval, or the revision asked for, is of a text that isn't the current one any more.
    case staleApproval(ID<Article>, revision: Int, current: Int)
    /// Approvals are missing.
    case notApproved(ID<Article>, [Standing])

    case slugTaken(Slug)
    case pathTaken(String)
    /// The title has no letter a slug could be made of.
    case slugNeeded(ID<Article>)

    /// The wall time doesn't exist (a clock was put forward) or comes twice (put back).
    case dueNonexistent(LocalDateTime, zone: String, before: Timestamp, after: Timestamp)
    case dueAmbiguous(LocalDateTime, zone: String, earlier: Timestamp, later: Timestamp)

    case importsShut
    case notAFolder(String)

    // Pictures.
    case imageUnknown(String)
    case pictureRefused(String, PictureFault)
    /// The same bytes are in the house already, said of them is something else.
    case imageExists(ID<Image>, name: String)
    /// The alternative text says nothing but the file name, the title or the caption.
    case altRepeats(String, String)
    /// Pictures keep the text in; each is named with what it lacks.
    case picturesIncomplete(ID<Article>, String)
    /// The current text shows no picture under this address.
    case pictureNotShown(ID<Article>, address: String)

    // Planning.
    case seriesUnknown(Slug)
    case seriesExists(Slug)
    case topicUnknown(Slug)
    case topicExists(Slug)
    case collectionUnknown(Slug)
    case collectionExists(Slug)
    /// It takes nothing new in; its page stays.
    case collectionClosed(Slug)
    /// No picture with these bytes is in the database.
    case mediaUnknown(String)
    case slotUnknown(String)
    /// The slot has nothing on that day: another weekday, or before its first or after its last.
    case noOccurrence(ID<Slot>, LocalDate)
    case commissionUnknown(String)
    /// Fee and rate both, or neither, or a rate without words.
    case commissionUnpriced
    /// Neither published nor killed: nothing is due yet.
    case notPayable(ID<Commission>)
    /// The step before it is missing, or it was taken already.
    case commissionStep(ID<Commission>, has: Commission.Step?, wanted: Commission.Step)
    /// What is payable was approved: terms don't change behind that.
    case commissionSettled(ID<Commission>)
    case exportUnknown(Int64)
    /// Something that looks like a tax number; never with the number.
    case taxNumber(field: String)
    case pitchUnknown(String)
    case pitchDecided(ID<Pitch>, Pitch.Status)
    case pitchExists(ID<Pitch>)
    case templateUnknown(Slug)
    /// The file isn't a mail that can be taken in.
    case mailRefused(String)
    case searchRefused(String)
    case houseWordExists(String)
    case houseWordUnknown(String)

    // Reviews.

    /// The wall time never has this offset from UTC.
    case dueOffset(LocalDateTime, zone: String, offset: String)
    /// Nobody active holds the role where the article is.
    case roleEmpty(Role, section: Slug?)
    case reviewerCannotRead(EmailAddress, ID<Article>)
    case tooManyRequests(Int, most: Int)
    case alreadyAsked(ID<ReviewRequest>, Reviewer, ApprovalKind)
    case requestUnknown(ID<ReviewRequest>)
    /// Answered or withdrawn: the question isn't open any more.
    case requestEnded(ID<ReviewRequest>, ReviewRequest.End)
    case remindedAlready(ID<ReviewRequest>, at: Timestamp)
    /// The actor was asked for several kinds: which is answered has to be said.
    case severalRequests(ID<Article>, [ApprovalKind])
    /// Nobody asked, so what the yes is about has to be said.
    case kindNeeded(ID<Article>)
    case alreadyAnswered(ID<Article>, Verdict, at: Timestamp)
    case quoteMissing(Comment.Field, revision: Int)
    case quoteAmbiguous(Comment.Field, lines: [Int])
    case occurrenceUnknown(Int, of: Int)
    case commentUnknown(ID<Comment>)
    /// Resolved, or open, already.
    case commentMarked(ID<Comment>, isOpen: Bool, by: EmailAddress?)
    /// No item of that name, or several; `known` are those there are.
    case itemUnknown(ID<Article>, String, known: [String])
    case notBylined(Slug, ID<Article>, revision: Int)
    case signOffKind(ApprovalKind)
    case signOffExpiry(mostDays: Int)
    case signOffUnknown(ID<SignOff>)
    case signOffEnded(ID<SignOff>, SignOff.State)
    /// Unknown, used, revoked or expired: which, only the log says.
    case linkInvalid
    case linkStale(revision: Int)
    case linkNotNow(Article.Status)

    // Workflow.

    /// Fewer different people than the policy wants have said yes to this text.
    case peopleMissing(ID<Article>, revision: Int, needed: Int, given: Int)
    /// What was public is retracted or unpublished.
    case killedTooLate(ID<Article>)
    /// The words given aren't a reason anybody could use later.
    case reasonNeeded(String)
    case stateUnknown(String)
    case workflowUnknown(Int)
    /// The version lacks the state the article is in.
    case noSuchStateThere(ID<Article>, Article.Status, version: Int)
    /// A workflow's file can't be loaded, and why, each a sentence.
    case workflowRefused([String])

    // Publication.

    /// Something keeps the text in, or the step isn't open to it; `rule` by its name in the database.
    case blocked(ID<Article>, rule: String, message: String)
    /// Needs something that the public sees; what it sees instead, nil for nothing ever.
    case notPublic(ID<Article>, Article.PublicStatus?)
    /// What is public can't be embargoed any more.
    case alreadyPublic(ID<Article>)
    /// A time to come is wanted.
    case timePassed(LocalDateTime, zone: String)
    /// The wall doesn't show this time with that offset, in seconds east; `possible` are those it does.
    case offsetUnknown(LocalDateTime, zone: String, offset: Int, possible: [Int])
    /// Lifting an embargo early, or taking a text away, wants a reason.
    case wordsNeeded(ID<Article>)
    case notEmbargoed(ID<Article>)
    /// It would still be embargoed at the time it is to go out.
    case embargoOutlasts(ID<Article>)
    case scheduleUnknown(String)
    case scheduleSettled(ID<Schedule>, Schedule.State)
    case scheduledAlready(ID<Article>, ID<Schedule>)
    /// The draft is based on what is live: there is nothing to take in.
    case notBehind(ID<Article>)
    /// A rebase that somebody has to decide; nothing was written.
    case rebaseConflicts(ID<Article>, [Merge.Conflict])

    /// A text that changed since it was read.
    public struct Conflict: Equatable, Sendable {
        public let article: ID<Article>
        /// The revision the writer started from.
        public let base: Int
        public let current: Int
        public let author: EmailAddress
        public let at: Timestamp
        /// From the current text to the one that wasn't saved.
        public let difference: Diff
    }
}

/// How an approval kind stands for a text: how many people's yes is wanted and how many count.
public struct Standing: Equatable, Sendable {
    public let kind: ApprovalKind
    public let needed: Int
    public let given: Int
    /// Rows of `editorial.approval`, each one counted.
    public let approvals: [Int64]

    public init(kind: ApprovalKind, needed: Int, given: Int, approvals: [Int64]) {
        self.kind = kind
        self.needed = needed
        self.given = given
        self.approvals = approvals
    }

    public var isMet: Bool { given >= needed }
}

extension PostgresError {
    /// What a broken rule of this schema means; `self` when the rule says nothing about what the caller did.
    func orEditorialError(_ meanings: [String: EditorialError]) -> any Error {
        guard let name = constraint, let meaning = meanings[name] else { return self }
        return meaning
    }
}

/// Runs what releases a text of an article, and says which pictures keep it in.
///
/// - Throws: ``EditorialError/picturesIncomplete(_:_:)``.
func namingPictures<T>(of article: ID<Article>, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as PostgresError {
        guard case .server(let failure) = error, failure.constraint == "release_pictures" else { throw error }
        throw EditorialError.picturesIncomplete(article, failure.message)
    }
}

/// Runs `body`, and names the rule it broke as the caller's error.
@discardableResult
func naming<T>(_ meanings: [String: EditorialError], _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as PostgresError { throw error.orEditorialError(meanings) }
}
