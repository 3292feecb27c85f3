//! One test for each case.

/// Makes one `#[tokio::test]` of every case of the suite. The argument is the path of an
/// `async fn() -> Fixture` that opens an empty storage.
#[macro_export]
macro_rules! storage_suite {
    ($open:path) => {
        $crate::model_store_suite!($open);
        $crate::storage_suite! { @each $open;
            archive::of_an_unknown_tenant_there_is_no_copy,
            archive::a_copy_goes_on_where_the_original_stopped,
            archive::a_copy_is_of_one_moment,
            archive::a_copy_is_refused_where_the_tenant_is,
            tenants::a_tenant_is_found_by_id_and_domain,
            tenants::a_domain_belongs_to_one_tenant,
            tenants::a_wrong_domain_is_refused_by_name,
            tenants::a_patch_of_a_tenant_changes_what_it_names,
            tenants::revisions_tell_what_has_changed,
            users::the_first_user_becomes_administrator,
            users::of_simultaneous_first_users_one_becomes_administrator,
            users::an_email_belongs_to_one_user_whatever_its_case,
            users::credentials_come_with_the_hash,
            users::batch_reads_keep_the_order,
            users::importing_users_again_updates_them,
            users::an_import_that_takes_an_email_changes_nothing,
            users::a_patch_of_a_user_changes_what_it_names,
            users::a_tenant_keeps_an_administrator,
            users::an_erased_user_leaves_nothing_behind,
            catalog::created_items_are_read_back_in_order,
            catalog::creating_is_all_or_nothing,
            catalog::importing_items_again_updates_them,
            catalog::a_patch_changes_what_it_names,
            catalog::listing_filters_and_pages,
            catalog::texts_that_cannot_be_kept_are_refused_and_found_nowhere,
            catalog::a_list_goes_on_from_any_place,
            catalog::changes_report_the_newest_state_once,
            catalog::changes_report_deletions_and_returns,
            catalog::changes_are_never_torn_apart,
            catalog::descriptions_leave_out_what_only_counts,
            catalog::a_deleted_item_takes_its_events_along,
            search::a_search_finds_words_and_the_beginning_of_the_last,
            search::a_search_ignores_case_and_accents,
            search::a_search_follows_changes,
            search::a_search_is_paged_like_the_list,
            interactions::events_are_numbered_and_read_back,
            interactions::an_append_is_all_or_nothing,
            interactions::an_append_is_idempotent,
            interactions::a_key_within_one_batch_counts_once,
            interactions::a_reused_key_is_refused,
            interactions::history_is_newest_first_by_time,
            interactions::a_scan_pages_through_everything_in_order,
            interactions::counters_follow_the_events,
            interactions::wrong_events_are_refused_by_name,
            interactions::the_ends_of_time_and_all_of_json_are_kept,
            interactions::simultaneous_appends_lose_nothing,
            interactions::many_users_are_read_as_each_is,
            ratings::a_rating_replaces_the_former_one,
            ratings::a_rating_leaves_an_event,
            ratings::rating_again_at_the_same_time_changes_nothing,
            ratings::an_older_rating_leaves_the_newer_one,
            ratings::a_batch_of_ratings_is_all_or_nothing,
            ratings::the_last_of_several_ratings_of_one_item_stays,
            ratings::ratings_are_found_by_user_and_item,
            jobs::a_job_is_claimed_by_exactly_one_worker,
            jobs::jobs_are_claimed_in_order,
            jobs::a_waiting_job_is_not_queued_twice,
            jobs::an_expired_lease_is_taken_over,
            jobs::a_released_job_waits_again,
            jobs::a_begun_job_belongs_to_its_owner,
            jobs::progress_and_end_are_stored,
            jobs::cancelling_depends_on_the_status,
            jobs::tenants_with_claimable_jobs_are_known,
            sessions::a_token_is_exchanged_once,
            sessions::using_a_token_twice_revokes_the_family,
            sessions::of_simultaneous_rotations_one_wins,
            sessions::expired_and_unknown_tokens_are_unknown,
            sessions::revoking_ends_the_family,
            isolation::users_of_tenants_are_separate,
            isolation::items_of_tenants_are_separate,
            isolation::events_of_tenants_are_separate,
            isolation::rows_of_another_tenant_cannot_be_referred_to,
            isolation::sessions_of_tenants_are_separate,
            isolation::an_unknown_tenant_has_nothing_and_takes_nothing,
        }
    };
    (@each $open:path; $($module:ident::$case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let fixture = $open().await;
                $crate::testing::$module::$case(fixture.storage()).await;
            }
        )*
    };
}

/// Makes one `#[tokio::test]` of every case about models and their copies, which [`storage_suite!`](crate::storage_suite) has as
/// well: for a backend that has them in another place. The argument is the path of an `async fn() -> Fixture` that
/// opens an empty storage.
#[macro_export]
macro_rules! model_store_suite {
    ($open:path) => {
        $crate::storage_suite! { @each $open;
            models::publishing_switches_the_current_version,
            models::algorithms_have_versions_of_their_own,
            models::the_newest_three_versions_are_kept,
            models::an_older_version_becomes_current_again,
            models::what_was_current_last_outlives_what_was_published_later,
            models::readers_see_whole_models_while_others_publish,
            models::only_the_holder_of_a_job_publishes_its_model,
            isolation::models_and_jobs_of_tenants_are_separate,
            archive::a_copy_of_a_tenant_is_the_same_elsewhere,
            archive::a_copy_from_elsewhere_is_the_same_here,
            archive::a_copy_that_breaks_off_leaves_nothing,
            archive::models_that_make_room_are_in_a_copy_or_it_breaks_off,
        }
    };
}

/// Makes one `#[tokio::test]` of every case of the suite of caches. The argument is the path of an
/// `async fn() -> impl Cache` that opens an empty one.
#[macro_export]
macro_rules! cache_suite {
    ($open:path) => {
        $crate::cache_suite! { @each $open;
            what_was_put_comes_back_in_order,
            a_later_value_replaces_the_former_one,
            tenants_do_not_share_keys,
            an_invalidated_key_is_gone,
            a_value_ends_with_its_time,
        }
    };
    (@each $open:path; $($case:ident,)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let cache = $open().await;
                $crate::testing::cache::$case(&cache).await;
            }
        )*
    };
}

/// Makes one `#[tokio::test]` of every case of the suite of buses. The argument is the path of an
/// `async fn() -> impl EventBus`.
#[macro_export]
macro_rules! event_bus_suite {
    ($open:path) => {
        $crate::event_bus_suite! { @each $open;
            every_subscriber_of_a_topic_hears_of_it_in_order,
            an_event_of_several_topics_arrives_once,
            tenants_do_not_hear_each_other,
            who_does_not_listen_is_told_and_hears_later_events,
            what_was_announced_before_is_not_heard,
            what_is_delivered_here_is_heard_here,
            a_gap_is_told_to_the_subscribers_of_its_tenant,
        }
    };
    (@each $open:path; $($case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::testing::events::$case(&$open().await).await;
            }
        )*
    };
}

/// Makes one `#[tokio::test]` of every case of the suite of limiters. The argument is the path of an
/// `async fn() -> impl RateLimiter`.
#[macro_export]
macro_rules! rate_limiter_suite {
    ($open:path) => {
        $crate::rate_limiter_suite! { @each $open;
            the_limit_is_admitted_and_no_more,
            waiting_as_long_as_was_said_is_enough,
            no_stretch_of_time_has_more_than_the_limit,
            several_limits_are_charged_all_or_none,
            simultaneous_callers_are_admitted_exactly_the_limit,
            costs_add_up,
            looking_costs_nothing,
            a_clock_that_goes_back_gives_no_room,
            tenants_do_not_share_counts,
            wrong_charges_are_refused_by_name,
        }
    };
    (@each $open:path; $($case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::testing::limiter::$case(std::sync::Arc::new($open().await)).await;
            }
        )*
    };
}

/// Makes one `#[tokio::test]` of every case of the suite of indexes of vectors. The argument is the path of an
/// `async fn() -> impl VectorStore`.
#[macro_export]
macro_rules! vector_store_suite {
    ($open:path) => {
        $crate::vector_store_suite! { @each $open;
            the_nearest_come_first_and_larger_scores_are_nearer,
            upserting_replaces_the_former_point,
            deleted_points_are_gone,
            filters_leave_no_list_shorter_than_it_could_be,
            tenants_do_not_meet,
            collections_of_one_tenant_do_not_meet,
            a_batch_is_answered_as_each_query_is,
            a_collection_that_is_not_there_is_empty,
            wrong_input_is_refused_by_name,
            many_points_are_taken_and_found,
        }
    };
    (@each $open:path; $($case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::testing::vectors::$case(&$open().await).await;
            }
        )*
    };
}

/// Makes one `#[tokio::test]` of every case of the suite of embedders. The argument is the path of an
/// `async fn() -> impl Embedder`.
#[macro_export]
macro_rules! embedder_suite {
    ($open:path) => {
        $crate::embedder_suite! { @each $open;
            every_item_has_a_vector_of_the_length_that_was_said,
            vectors_come_in_the_order_of_the_items,
            an_item_of_which_nothing_is_known_has_no_vector,
            more_items_than_a_call_takes_are_refused,
            name_and_length_are_those_of_a_collection,
        }
    };
    (@each $open:path; $($case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::testing::embedders::$case(&$open().await).await;
            }
        )*
    };
}
