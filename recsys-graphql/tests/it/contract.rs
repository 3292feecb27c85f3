//! What clients rely on: names, arguments, defaults and nullability, written down once more.
//!
//! The schema may have more than this, never less.

use async_graphql::parser::{
    parse_schema,
    types::{
        EnumType, FieldDefinition, InputObjectType, InputValueDefinition, ObjectType,
        ServiceDocument, TypeDefinition, TypeKind, TypeSystemDefinition,
    },
};
use recsys_graphql::async_graphql;

/// Lines of `Type.field(argument: Type = default, …): Type`, `input Type.field: Type = default`,
/// `enum Type: values` and `scalar Type`.
const CONTRACT: &str = r#"
scalar UUID
scalar DateTime
scalar JSON
enum SubscriptionTier: BASIC PREMIUM ENTERPRISE
enum Role: USER ADMIN
enum TrainingStatus: QUEUED RUNNING SUCCEEDED FAILED CANCELLED

Tenant.id: UUID!
Tenant.name: String!
Tenant.domain: String!
Tenant.isActive: Boolean!
Tenant.subscriptionTier: SubscriptionTier!
Tenant.settings: JSON!
Tenant.createdAt: DateTime!

User.id: UUID!
User.tenant: Tenant!
User.email: String!
User.username: String!
User.preferences: JSON
User.interactions(type: String, limit: Int = 100): [Interaction!]!
User.ratings(limit: Int = 100): [Rating!]!
User.role: Role!
User.externalId: String
User.createdAt: DateTime!

Item.id: UUID!
Item.tenant: Tenant!
Item.title: String!
Item.description: String
Item.category: String
Item.tags: JSON
Item.metadata: JSON
Item.averageRating: Float
Item.similarItems(topK: Int = 10): [SimilarItem!]!
Item.ratingCount: Int!
Item.interactionCount: Int!
Item.externalId: String
Item.isActive: Boolean!
Item.createdAt: DateTime!
Item.updatedAt: DateTime!

Interaction.id: UUID!
Interaction.user: User!
Interaction.item: Item!
Interaction.interactionType: String!
Interaction.interactionValue: Float!
Interaction.context: JSON
Interaction.createdAt: DateTime!

Rating.id: UUID!
Rating.user: User!
Rating.item: Item!
Rating.rating: Float!
Rating.review: String
Rating.createdAt: DateTime!

SimilarItem.item: Item!
SimilarItem.score: Float!
SimilarItem.reason: String

RecommendationResult.items: [RecommendationItem!]!
RecommendationResult.algorithm: String!
RecommendationResult.generatedAt: DateTime!
RecommendationResult.responseTimeMs: Float!
RecommendationResult.totalCount: Int!
RecommendationResult.explanation: RecommendationExplanation
RecommendationResult.id: UUID!
RecommendationResult.modelVersion: String
RecommendationResult.source: String!
RecommendationItem.item: Item!
RecommendationItem.score: Float!
RecommendationItem.reason: String
RecommendationItem.rank: Int!
RecommendationItem.explanation: ItemExplanation
ItemExplanation.base: Float!
ItemExplanation.contributions: [Contribution!]!
Contribution.algorithm: String!
Contribution.item: Item
Contribution.term: String
Contribution.weight: Float!
RecommendationExplanation.summary: String!
RecommendationExplanation.method: String!
RecommendationExplanation.weights: [AlgorithmWeight!]!
AlgorithmWeight.algorithm: String!
AlgorithmWeight.weight: Float!
AlgorithmWeight.reason: String!

ItemConnection.edges: [ItemEdge!]!
ItemConnection.pageInfo: PageInfo!
ItemEdge.cursor: String!
ItemEdge.node: Item!
PageInfo.hasNextPage: Boolean!
PageInfo.hasPreviousPage: Boolean!
PageInfo.startCursor: String
PageInfo.endCursor: String

AlgorithmInfo.name: String!
AlgorithmInfo.title: String!
AlgorithmInfo.description: String!
AlgorithmInfo.trained: Boolean!
AlgorithmInfo.modelVersion: String
AlgorithmInfo.trainedAt: DateTime
AlgorithmInfo.metrics: JSON
TrainingJob.id: UUID!
TrainingJob.algorithm: String!
TrainingJob.status: TrainingStatus!
TrainingJob.progress: Float!
TrainingJob.stage: String
TrainingJob.queuedAt: DateTime!
TrainingJob.startedAt: DateTime
TrainingJob.finishedAt: DateTime
TrainingJob.error: String
TrainingJob.modelVersion: String
TrainingJob.metrics: JSON

TrendingItem.item: Item!
TrendingItem.score: Float!
TrendingItem.interactionCount: Int!
UserActivity.kind: String!
UserActivity.at: DateTime!
UserActivity.interaction: Interaction
UserActivity.rating: Rating

AuthPayload.accessToken: String!
AuthPayload.refreshToken: String!
AuthPayload.tokenType: String!
AuthPayload.expiresIn: Int!
AuthPayload.user: User!

input RecommendationOptions.algorithm: String = "hybrid"
input RecommendationOptions.numRecommendations: Int = 10
input RecommendationOptions.diversify: Boolean = true
input RecommendationOptions.explain: Boolean = false
input RecommendationOptions.filters: RecommendationFilter
input RecommendationOptions.diversity: Float
input RecommendationOptions.seedItems: [UUID!]
input RecommendationFilter.categories: [String!]
input RecommendationFilter.excludeCategories: [String!]
input RecommendationFilter.tags: [String!]
input RecommendationFilter.minRating: Float
input RecommendationFilter.excludeItems: [UUID!]
input RecommendationFilter.excludeInteracted: Boolean = true
input RecommendationFilter.where: JSON
input InteractionInput.itemId: UUID!
input InteractionInput.interactionType: String!
input InteractionInput.interactionValue: Float = 1.0
input InteractionInput.context: JSON
input InteractionInput.at: DateTime
input InteractionInput.recommendationId: UUID
input InteractionInput.idempotencyKey: String
input RatingInput.itemId: UUID!
input RatingInput.rating: Float!
input RatingInput.review: String
input ItemInput.title: String!
input ItemInput.description: String
input ItemInput.category: String
input ItemInput.tags: JSON
input ItemInput.metadata: JSON
input ItemInput.externalId: String
input ItemPatch.title: String
input ItemPatch.description: String
input ItemPatch.category: String
input ItemPatch.tags: JSON
input ItemPatch.metadata: JSON
input ItemPatch.isActive: Boolean
input RegisterInput.email: String!
input RegisterInput.username: String!
input RegisterInput.password: String!
input RegisterInput.tenantDomain: String!
input LoginInput.email: String!
input LoginInput.password: String!
input LoginInput.tenantDomain: String!

Query.me: User
Query.user(id: UUID!): User
Query.users(limit: Int = 10, offset: Int = 0): [User!]!
Query.item(id: UUID!): Item
Query.items(category: String, search: String, limit: Int = 20, offset: Int = 0): [Item!]!
Query.recommendations(options: RecommendationOptions): RecommendationResult!
Query.similarItems(itemId: UUID!, topK: Int = 10): [SimilarItem!]!
Query.itemByExternalId(externalId: String!): Item
Query.recommendationsFor(userId: UUID!, options: RecommendationOptions): RecommendationResult!
Query.itemsConnection(first: Int, after: String, category: String, search: String): ItemConnection!
Query.batchRecommendations(userIds: [UUID!]!, options: RecommendationOptions): [RecommendationResult!]!
Query.explain(itemId: UUID!, algorithm: String = "hybrid"): ItemExplanation
Query.trending(category: String, limit: Int = 10): [TrendingItem!]!
Query.algorithms: [AlgorithmInfo!]!
Query.trainingJobs(limit: Int = 20): [TrainingJob!]!
Query.rateLimitStatus: RateLimitStatus!
Query.performanceMetrics: PerformanceMetrics!
PerformanceMetrics.queryCount: Int!
PerformanceMetrics.averageResponseTime: Float!
PerformanceMetrics.p95ResponseTime: Float!
PerformanceMetrics.errorRate: Float!
PerformanceMetrics.cacheHitRate: Float!
PerformanceMetrics.activeSubscriptions: Int!
PerformanceMetrics.recommendationLatencyMs: Float!
PerformanceMetrics.status: String!
PerformanceMetrics.issues: [String!]!
PerformanceMetrics.timestamp: DateTime!
RateLimitStatus.tier: SubscriptionTier
RateLimitStatus.windows: [RateLimitWindow!]!
RateLimitWindow.scope: String!
RateLimitWindow.limit: Int!
RateLimitWindow.remaining: Int!
RateLimitWindow.used: Int!
RateLimitWindow.windowSeconds: Int!
RateLimitWindow.resetAt: DateTime!

Mutation.login(input: LoginInput!): AuthPayload!
Mutation.register(input: RegisterInput!): AuthPayload!
Mutation.recordInteraction(input: InteractionInput!): Interaction!
Mutation.rateItem(input: RatingInput!): Rating!
Mutation.createItem(input: ItemInput!): Item!
Mutation.recordInteractions(inputs: [InteractionInput!]!): [Interaction!]!
Mutation.createItems(inputs: [ItemInput!]!): [Item!]!
Mutation.updateItem(id: UUID!, input: ItemPatch!): Item!
Mutation.deleteItem(id: UUID!): Boolean!
Mutation.refreshToken(refreshToken: String!): AuthPayload!
Mutation.logout(refreshToken: String!): Boolean!
Mutation.updatePreferences(preferences: JSON!): User!
Mutation.deleteUser(id: UUID!): Boolean!
Mutation.trainModel(algorithm: String = "hybrid"): TrainingJob!
Mutation.cancelTraining(id: UUID!): TrainingJob!

Subscription.recommendationUpdates(algorithm: String = "hybrid"): [RecommendationItem!]!
Subscription.itemInteractions(itemId: UUID!): Interaction!
Subscription.userActivity: UserActivity!
Subscription.trendingItems(category: String): [TrendingItem!]!
Subscription.tenantItemUpdates: Item!
Subscription.performanceMetricsStream(intervalSeconds: Int = 30): PerformanceMetrics!
Subscription.trainingProgress(jobId: UUID!): TrainingJob!
"#;

#[test]
fn the_schema_has_all_of_the_contract() {
    let document = parse_schema(recsys_graphql::sdl()).unwrap();
    let served = lines(&document);
    let wanted = CONTRACT.lines().map(str::trim).filter(|line| !line.is_empty());
    let missing: Vec<String> = wanted.filter_map(|line| problem(line, &served)).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// A field that a caller has to fill in breaks every client that does not know it.
#[test]
fn the_schema_requires_nothing_that_the_contract_does_not() {
    let document = parse_schema(recsys_graphql::sdl()).unwrap();
    let required = |line: &String| line.starts_with("input ") && line.ends_with('!');
    let served = lines(&document).into_iter().filter(required);
    let known = |line: &String| CONTRACT.lines().any(|wanted| wanted.trim() == line);
    let surplus: Vec<String> = served.filter(|line| !known(line)).collect();
    assert!(surplus.is_empty(), "{}", surplus.join("\n"));
}

/// Says what is wrong when `wanted` is not served to the letter.
fn problem(wanted: &str, served: &[String]) -> Option<String> {
    if served.iter().any(|line| line == wanted) {
        return None;
    }
    let name = wanted.split(['(', ':']).next().unwrap_or(wanted);
    let found = served.iter().find(|line| line.split(['(', ':']).next() == Some(name));
    Some(match found {
        Some(found) => format!("contract: {wanted}\nserved:   {found}"),
        None => format!("contract: {wanted}\nserved:   nothing"),
    })
}

fn lines(document: &ServiceDocument) -> Vec<String> {
    let types = document.definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(&definition.node),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
    });
    types.flat_map(type_lines).collect()
}

fn type_lines(definition: &TypeDefinition) -> Vec<String> {
    let name = definition.name.node.as_str();
    match &definition.kind {
        TypeKind::Scalar => vec![format!("scalar {name}")],
        TypeKind::Object(ObjectType { fields, .. }) => {
            fields.iter().map(|field| field_line(name, &field.node)).collect()
        }
        TypeKind::InputObject(InputObjectType { fields }) => {
            fields.iter().map(|field| format!("input {name}.{}", value(&field.node))).collect()
        }
        TypeKind::Enum(EnumType { values }) => {
            let values: Vec<&str> =
                values.iter().map(|value| value.node.value.node.as_str()).collect();
            vec![format!("enum {name}: {}", values.join(" "))]
        }
        TypeKind::Interface(_) | TypeKind::Union(_) => Vec::new(),
    }
}

fn field_line(name: &str, field: &FieldDefinition) -> String {
    let arguments: Vec<String> = field.arguments.iter().map(|it| value(&it.node)).collect();
    let arguments =
        if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    format!("{name}.{}{arguments}: {}", field.name.node, field.ty.node)
}

fn value(input: &InputValueDefinition) -> String {
    let default = input.default_value.as_ref().map(|value| format!(" = {}", value.node));
    format!("{}: {}{}", input.name.node, input.ty.node, default.unwrap_or_default())
}
