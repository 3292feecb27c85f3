//! The bus inside one process passes the suite, and a faulty one does not.

use async_trait::async_trait;
use recsys_store::error::Result;
use recsys_store::testing::events;
use recsys_store::traits::Subscription;
use recsys_store::types::{BusEvent, TenantId, Topic};
use recsys_store::{EventBus, LocalBus};
use uuid::Uuid;

async fn open() -> LocalBus {
    std::future::ready(LocalBus::new()).await
}

recsys_store::event_bus_suite!(open);

/// Announces everything to the subscribers of all tenants.
#[derive(Debug, Default)]
struct Confused(LocalBus);

#[async_trait]
impl EventBus for Confused {
    fn publish(&self, event: BusEvent) {
        self.0.publish(BusEvent { tenant: TenantId(Uuid::nil()), ..event });
    }

    fn deliver(&self, event: BusEvent) {
        self.publish(event);
    }

    fn miss(&self, _: TenantId) {
        self.0.miss(TenantId(Uuid::nil()));
    }

    async fn subscribe(&self, topics: &[Topic]) -> Result<Subscription> {
        let confuse = |topic: &Topic| Topic { tenant: TenantId(Uuid::nil()), ..*topic };
        let topics: Vec<Topic> = topics.iter().map(confuse).collect();
        self.0.subscribe(&topics).await
    }
}

#[tokio::test]
async fn confused_tenants_are_caught() {
    let case = async { events::tenants_do_not_hear_each_other(&Confused::default()).await };
    assert!(tokio::spawn(case).await.is_err());
    let case = async {
        events::a_gap_is_told_to_the_subscribers_of_its_tenant(&Confused::default()).await;
    };
    assert!(tokio::spawn(case).await.is_err());
}
