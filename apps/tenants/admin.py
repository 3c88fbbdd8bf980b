"""Tenants and people in the console."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.tenants.models import Membership, Tenant, User


@admin.register(Tenant)
class TenantAdmin(ModelAdmin):
    """Customers and their thresholds."""

    list_display = ("name", "slug", "time_zone")
    search_fields = ("name", "slug")


@admin.register(User)
class UserAdmin(ModelAdmin):
    """People; passwords are set by themselves."""

    list_display = ("email", "name", "is_staff", "is_active")
    search_fields = ("email", "name")
    exclude = ("password",)


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    """Who belongs where."""

    list_display = ("user", "tenant", "role")
    list_select_related = ("user", "tenant")
    autocomplete_fields = ("user", "tenant")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.objects.across_tenants()
